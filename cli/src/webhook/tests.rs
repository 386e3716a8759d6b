//! Hints to a receiver of a few lines, over real connections.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;

use super::*;

/// Answers one request after the other with these heads; what was asked, as text.
fn receiver(answers: Vec<&'static str>) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook?token=hush", listener.local_addr().unwrap());
    let (sender, asked) = mpsc::channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut text, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                text.push_str(&line);
                if line == "\r\n" {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            text.push_str(&String::from_utf8(body).unwrap());
            let head = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            sender.send(text).unwrap();
        }
    });
    (url, asked)
}

fn sender(url: &str) -> Sender {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    crate::durable::write(&path, b"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz\n").unwrap();
    let secrets = Secrets::read(&path).unwrap_or_else(|failure| panic!("{failure:?}"));
    Sender::new(Target::parse(url).unwrap(), Arc::new(secrets), || 1_700_000_000)
}

#[test]
fn only_secure_addresses_and_this_machine() {
    for url in [
        "https://pay.example/hook",
        "http://127.0.0.1:8",
        "http://127.9.9.9/x",
        "http://[::1]:9/",
        "http://localhost:1/",
    ] {
        assert!(Target::parse(url).is_ok(), "{url}");
    }
    for (url, code) in [
        ("http://pay.example/hook", "webhook-not-encrypted"),
        ("http://10.0.0.1/", "webhook-not-encrypted"),
        ("http://localhost.example/", "webhook-not-encrypted"),
        ("http://127.0.0.1.example/", "webhook-not-encrypted"),
        ("https://ama:secret@pay.example/", "webhook-url-user"),
        ("ftp://pay.example/", "webhook-url"),
        ("pay.example", "webhook-url"),
        ("/hook", "webhook-url"),
        ("", "webhook-url"),
    ] {
        assert_eq!(Target::parse(url).err().map(|error| error.code()), Some(code), "{url}");
    }
    let error = Target::parse("http://pay.example/hook?token=hush").err().unwrap().to_string();
    assert!(!error.contains("hush") && error.contains("http://pay.example"), "{error}");
}

#[test]
fn a_hint_is_signed_and_its_answer_understood() {
    let (url, asked) = receiver(vec![
        "204 No Content",
        "410 Gone",
        "500 Oops",
        "503 Later\r\nretry-after: 7",
        "302 Found\r\nlocation: http://127.0.0.1:9/",
    ]);
    let sender = sender(&url);
    let message = Message::new("log.example/a", 41);
    assert_eq!(sender.try_once(&message), Tried::Arrived);
    let text = asked.recv().unwrap().to_ascii_lowercase();
    let body = r#"{"next":41,"origin":"log.example/a","type":"changes"}"#;
    assert!(text.starts_with("post /hook?token=hush http/1.1\r\n") && text.ends_with(body), "{text}");
    let signature = sender.secrets.sign(&message.id, "1700000000", &message.body).to_ascii_lowercase();
    for line in [
        format!("webhook-id: {}", message.id),
        "webhook-timestamp: 1700000000".into(),
        format!("webhook-signature: {signature}"),
        "content-type: application/json".into(),
    ] {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{line}: {text}");
    }
    assert!(!message.id.contains('.'));

    assert_eq!(sender.try_once(&message), Tried::Gone);
    let failed = |why: &str, after| Tried::Failed { why: why.into(), after };
    assert_eq!(sender.try_once(&message), failed("it answered 500", None));
    assert_eq!(sender.try_once(&message), failed("it answered 503", Some(Duration::from_secs(7))));
    assert_eq!(sender.try_once(&message), failed("it answered 302", None));
    // Nobody is there any more.
    drop(asked);
    while let Tried::Failed { why, .. } = sender.try_once(&message) {
        assert!(!why.contains("hush"));
        if why == "no connection" {
            break;
        }
    }
}

#[test]
fn waits_double_and_are_bounded() {
    let seconds =
        |failures, asked: Option<u64>| wait_after(failures, asked.map(Duration::from_secs)).as_secs();
    assert_eq!([1, 2, 3, 4, 9, 10, 33, u32::MAX].map(|n| seconds(n, None)), [1, 2, 4, 8, 256, 300, 300, 300]);
    assert_eq!([(1, 7), (4, 7), (1, 1_000_000)].map(|(n, asked)| seconds(n, Some(asked))), [7, 8, 300]);
}

#[test]
fn what_comes_meanwhile_is_one_hint_and_nothing_is_lost() {
    let (url, asked) = receiver(vec!["500 Oops", "204 No Content", "204 No Content"]);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (news, next) = watch::channel(None);
    runtime.spawn(keep_sending(Arc::new(sender(&url)), "log.example/a".into(), next));
    news.send_replace(Some(0));
    let next_of = |text: String| {
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        serde_json::from_str::<serde_json::Value>(body).unwrap()["next"].as_u64().unwrap()
    };
    assert_eq!(next_of(asked.recv().unwrap()), 0);
    // It failed, and is not tried again at once: by then there is more to say.
    for index in 1..=5 {
        news.send_replace(Some(index));
    }
    assert_eq!(next_of(asked.recv().unwrap()), 5);
    news.send_replace(Some(6));
    assert_eq!(next_of(asked.recv().unwrap()), 6);
    drop(news);
    runtime.shutdown_background();
}
