//! What `Accept-Encoding` comes to: gzip, or nothing.

use axum::extract::Request;
use axum::http::header::ACCEPT_ENCODING;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// Leaves of `Accept-Encoding` `gzip`, where that is acceptable and nothing is liked better, or nothing.
///
/// A request that forbids an answer as it is would otherwise be answered 406, after it was worked on. RFC 9110
/// §12.5.3 lets a server disregard the header instead.
pub(super) async fn encoding(mut request: Request, next: Next) -> Response {
    let gzip = takes_gzip(request.headers());
    let headers = request.headers_mut();
    headers.remove(ACCEPT_ENCODING);
    if gzip {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    }
    next.run(request).await
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let (mut gzip, mut identity, mut others) = (None, None, None);
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    for element in values.flat_map(|value| value.split(',')) {
        let (coding, weight) = element.split_once(';').map_or((element, None), |(c, w)| (c, Some(w)));
        let weight = weight.map_or(Some(1_000), thousandths).unwrap_or(0);
        match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => gzip = Some(weight),
            "identity" => identity = Some(weight),
            "*" => others = Some(weight),
            _ => {}
        }
    }
    let gzip = gzip.or(others).unwrap_or(0);
    gzip > 0 && gzip >= identity.unwrap_or(0)
}

/// A weight (RFC 9110 §12.4.2), `q=` and 0 to 1 with up to three decimals.
fn thousandths(text: &str) -> Option<u32> {
    let (name, value) = text.trim().split_once('=')?;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let fine = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    if !name.eq_ignore_ascii_case("q") || !fine {
        return None;
    }
    match whole {
        "0" => format!("{decimals:0<3}").parse().ok(),
        "1" if decimals.bytes().all(|digit| digit == b'0') => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_where_it_is_wanted() {
        let takes = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(ACCEPT_ENCODING, value.parse().unwrap());
            }
            takes_gzip(&headers)
        };
        for yes in [
            "gzip",
            "GZIP;q=1.000",
            "x-gzip",
            "*",
            "br, gzip;q=0.001",
            "gzip, identity;q=0",
            "deflate , gzip ; q=0.5",
            "identity;q=0, *;q=0.3",
        ] {
            assert!(takes(&[yes]), "{yes}");
        }
        for no in [
            "",
            "identity",
            "identity;q=0",
            "*;q=0",
            "br",
            "gzip;q=0",
            "gzip;q=0.000, *",
            "gzip;q=0.5, identity",
            "gzip;q=x",
            "gzip;q=1.001",
            "gzip;q=0.0001",
            "gzip;q=2",
            "gzip;",
            "gzip;v=1",
        ] {
            assert!(!takes(&[no]), "{no}");
        }
        assert!(takes(&["br", "gzip"]));
        assert!(!takes(&[]));
    }
}
