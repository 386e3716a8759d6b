//! Connections: accepted within bounds, served over HTTP/1.1, and ended in good order.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWrite as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::ServiceExt as _;

use super::config::HttpConfig;
use super::guard::{MAX_HEAD, Peer};
use super::stalled::Stalled;

/// After a failed accept (too many open files, say) nothing is accepted for so long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// For a peer that is still sending when it has been answered for good.
const LINGER: Duration = Duration::from_secs(5);
/// For answers that became ready in the last moment.
const LAST_MOMENT: Duration = Duration::from_secs(1);

/// A listener and what it serves.
pub(super) struct Site {
    pub(super) listener: TcpListener,
    pub(super) router: Router,
}

/// Serves `sites` until `stop` is true. Then nothing more is accepted, idle connections are closed, and requests in
/// flight have `config.stop_timeout`; `late` is run when that is over or they have ended.
pub(super) async fn serve(
    sites: Vec<Site>,
    config: &HttpConfig,
    stop: watch::Receiver<bool>,
    late: impl Future<Output = ()>,
) {
    let mut accepting: JoinSet<JoinSet<()>> = JoinSet::new();
    for site in sites {
        // Each has slots of its own: whoever fills the one for everybody does not keep the operator out.
        let slots = Arc::new(Semaphore::new(config.max_connections.min(Semaphore::MAX_PERMITS)));
        accepting.spawn(accept(site, config.clone(), slots, stop.clone()));
    }
    let mut connections = Vec::new();
    while let Some(accepted) = accepting.join_next().await {
        connections.extend(accepted);
    }
    let in_time = timeout(config.stop_timeout, async {
        for set in &mut connections {
            while set.join_next().await.is_some() {}
        }
    });
    let ended = in_time.await.is_ok();
    late.await;
    if !ended {
        let last = async {
            for set in &mut connections {
                while set.join_next().await.is_some() {}
            }
        };
        // What is left after this is dropped with the sets.
        let _ = timeout(LAST_MOMENT, last).await;
    }
}

/// Accepts until stopped; returns the connections that there are then.
async fn accept(
    Site { listener, router }: Site,
    config: HttpConfig,
    slots: Arc<Semaphore>,
    mut stop: watch::Receiver<bool>,
) -> JoinSet<()> {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let next = async {
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
                return Err(io::ErrorKind::Other.into());
            };
            listener.accept().await.map(|accepted| (slot, accepted))
        };
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut stop) => return connections,
            accepted = next => accepted,
        };
        match accepted {
            Ok((slot, (stream, peer))) => {
                let (router, config, stop) = (router.clone(), config.clone(), stop.clone());
                connections.spawn(async move {
                    connection(stream, peer, router, &config, stop).await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Waits for the word to stop, or until nobody is left to say it.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    config: &HttpConfig,
    mut stop: watch::Receiver<bool>,
) {
    // Answers are written whole; waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        let router = router.clone();
        Box::pin(async move {
            Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {}))
        })
    });
    let io = TokioIo::new(Stalled::new(stream, config.write_timeout));
    let mut serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(config.header_timeout)
        .max_buf_size(MAX_HEAD)
        .serve_connection(io, service);
    let ended = tokio::select! {
        ended = poll_fn(|cx| serving.poll_without_shutdown(cx)) => ended,
        () = stopped(&mut stop) => {
            Pin::new(&mut serving).graceful_shutdown();
            poll_fn(|cx| serving.poll_without_shutdown(cx)).await
        }
    };
    if let Err(error) = ended {
        // Peers that go away, stall or do not speak HTTP are normal.
        tracing::debug!(%error, "a connection ended");
    }
    let stream = serving.into_parts().io.into_inner().into_inner();
    tokio::select! {
        () = linger(stream) => {}
        () = stopped(&mut stop) => {}
    }
}

/// Says that nothing more comes, and reads what the peer is still sending.
///
/// A request may be refused before its body was read. Closing at once would reset the connection under a peer who is
/// still sending, and the refusal would be lost with it.
async fn linger(mut stream: TcpStream) {
    let lingering = async {
        if poll_fn(|cx| Pin::new(&mut stream).poll_shutdown(cx)).await.is_err() {
            return;
        }
        let mut rest = [0; 4_096];
        while stream.readable().await.is_ok() {
            match stream.try_read(&mut rest) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    };
    let _ = timeout(LINGER, lingering).await;
}
