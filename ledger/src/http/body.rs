//! Request bodies: bounded, read whole, and split into lines.

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tokio_stream::StreamExt as _;

use super::app::App;
use super::config::{MAX_BODY, MAX_LINES};
use super::problem::Problem;
use super::uploads::Upload;

/// Media type of batches and of answers to them: one JSON text a line.
pub(super) const NDJSON: &str = "application/x-ndjson";
/// Media type of one envelope.
pub(super) const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";

/// How a body is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// One envelope.
    One,
    /// A line each.
    Lines,
}

/// The format that `Content-Type` names; parameters are ignored.
pub(super) fn format(headers: &HeaderMap) -> Result<Format, Problem> {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(NDJSON) {
        Ok(Format::Lines)
    } else if essence.eq_ignore_ascii_case(ENVELOPE) || essence.eq_ignore_ascii_case("application/json") {
        Ok(Format::One)
    } else {
        Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content-type",
            format!("send one envelope as {ENVELOPE} or application/json, or a batch as {NDJSON}"),
        ))
    }
}

/// A body, and the memory that it takes.
pub(super) struct Whole {
    pub(super) bytes: Vec<u8>,
    pub(super) room: OwnedSemaphorePermit,
}

/// Reads the whole body within its bounds of size, memory and time.
pub(super) async fn read(app: &App, parts: &Parts, body: Body) -> Result<Whole, Problem> {
    read_at_most(app, parts, body, MAX_BODY).await
}

/// The same, of at most `most` bytes.
pub(super) async fn read_at_most(
    app: &App,
    parts: &Parts,
    body: Body,
    most: usize,
) -> Result<Whole, Problem> {
    let announced =
        parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most as u64) {
        return Err(too_large(most));
    }
    let reading = async {
        let mut whole = Whole { bytes: Vec::new(), room: app.reserve(0)? };
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk =
                chunk.map_err(|_| Problem::bad_request("body-incomplete", "the body ended too early"))?;
            if whole.bytes.len() + chunk.len() > most {
                return Err(too_large(most));
            }
            app.grow(&mut whole.room, whole.bytes.len() + chunk.len())?;
            whole.bytes.extend_from_slice(&chunk);
        }
        Ok(whole)
    };
    let whole = timeout(app.config.body_timeout, reading).await.unwrap_or_else(|_| {
        let detail = "the body did not come in time; nothing of it was logged";
        Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body-timeout", detail))
    })?;
    if let Some(upload) = parts.extensions.get::<Upload>() {
        upload.whole(app)?;
    }
    Ok(whole)
}

fn too_large(most: usize) -> Problem {
    let detail = format!("a body has at most {most} bytes here; send it in several requests");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail)
}

/// The lines of a batch: each ends with LF, the last one need not. Nothing is trimmed, an empty line is a line.
pub(super) fn lines(body: &[u8]) -> Result<Vec<&[u8]>, Problem> {
    if body.is_empty() {
        return Err(Problem::bad_request("body-empty", "the batch has no lines"));
    }
    let body = body.strip_suffix(b"\n").unwrap_or(body);
    let lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').take(MAX_LINES + 1).collect();
    if lines.len() > MAX_LINES {
        let detail = format!("a batch has at most {MAX_LINES} lines; send several");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "batch-too-large", detail));
    }
    Ok(lines)
}

/// Writes one JSON text a line.
pub(super) fn to_ndjson<T: serde::Serialize>(lines: impl IntoIterator<Item = T>) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::new();
    for line in lines {
        append_line(&mut out, &line)?;
    }
    Ok(out)
}

pub(super) fn append_line<T: serde::Serialize>(out: &mut Vec<u8>, line: &T) -> Result<(), Problem> {
    serde_json::to_writer(&mut *out, line).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the ledger could not write its answer")
    })?;
    out.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(body: &[u8]) -> Vec<&[u8]> {
        lines(body).unwrap()
    }

    #[test]
    fn lines_end_with_lf_and_nothing_is_trimmed() {
        assert_eq!(split(b"a\nb\n"), [b"a", b"b"]);
        assert_eq!(split(b"a\nb"), [b"a", b"b"]);
        assert_eq!(split(b"\n"), [b""]);
        assert_eq!(split(b"a\n\nb\r\n"), [&b"a"[..], b"", b"b\r"]);
        assert_eq!(lines(b"").unwrap_err().code(), "body-empty");
    }

    #[test]
    fn the_number_of_lines_is_bounded() {
        assert_eq!(split(&b"x\n".repeat(MAX_LINES)).len(), MAX_LINES);
        assert_eq!(lines(&b"x\n".repeat(MAX_LINES + 1)).unwrap_err().code(), "batch-too-large");
    }

    #[test]
    fn content_types() {
        let with = |value: &str| format(&HeaderMap::from_iter([(CONTENT_TYPE, value.parse().unwrap())]));
        assert_eq!(with("application/x-ndjson; charset=utf-8").unwrap(), Format::Lines);
        assert_eq!(with("Application/JSON").unwrap(), Format::One);
        assert_eq!(with(ENVELOPE).unwrap(), Format::One);
        assert_eq!(with("text/plain").unwrap_err().code(), "content-type");
        assert_eq!(format(&HeaderMap::new()).unwrap_err().code(), "content-type");
    }
}
