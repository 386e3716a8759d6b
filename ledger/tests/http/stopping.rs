//! The end: everything in flight is answered or refused, within a bound.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::{Server, envelopes};

fn upload(server: &Server, body: &str) -> TcpStream {
    let mut stream = server.connect();
    let head = format!(
        "POST /v1/entries?wait HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ncontent-length: {}\r\n\
         expect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The server asks for the body once the request is being worked on.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).unwrap();
    assert_eq!(asked, *b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[test]
fn a_request_in_flight_is_answered() {
    let mut server = Server::start();
    let body = envelopes(0..10);
    let mut stream = upload(&server, &body);
    let idle = server.connect();
    server.begin_stop();
    // Idle connections are closed at once, which shows that the stop has begun.
    let mut idle = idle;
    assert_eq!(idle.read(&mut [0; 1]).unwrap_or(0), 0);
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(answer.matches("\"status\":\"logged\"").count(), 10);
    server.join();
    assert!(!server.ledger.is_running());
    assert_eq!((server.ledger.size(), server.ledger.checkpoint().size()), (11, 11));
    assert!(TcpStream::connect(server.address).is_err());
}

#[test]
fn whoever_does_not_finish_does_not_hold_up_the_end() {
    let mut server = Server::with(|_, http| http.stop_timeout = Duration::from_millis(50));
    server.log(&envelopes(0..3));
    let body = envelopes(3..10);
    let mut stream = upload(&server, &body);
    server.begin_stop();
    server.join();
    assert!(!server.ledger.is_running());
    assert_eq!(server.ledger.size(), 4);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.is_empty(), "a request that was never whole is not answered as if it had been");
}
