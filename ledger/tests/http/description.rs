//! The description of the API in spec/openapi.json is the one that the code gives.

use std::path::Path;

use serde_json::Value;

use crate::support::Server;

/// With LEBOMBO_WRITE_OPENAPI=1 the file is written instead.
#[test]
fn the_file_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/openapi.json");
    let generated = lebombo_ledger::http::openapi();
    if std::env::var_os("LEBOMBO_WRITE_OPENAPI").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == generated,
        "spec/openapi.json is not what the code says; run this test with LEBOMBO_WRITE_OPENAPI=1 and look at the change"
    );
}

#[test]
fn it_is_served_and_every_path_of_it_is_there() {
    let server = Server::start();
    let served = server.get("/openapi.json").ok();
    assert_eq!(served.text(), lebombo_ledger::http::openapi());
    let description = served.json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = description["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 26);
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["operationId"].is_string(), "{method} {path}");
            if path == "/v1/events" {
                continue;
            }
            let url = server.url(&path.replace(['{', '}'], "x"));
            let answer = server.ask(&method.to_uppercase(), &url, &[("content-type", "text/plain")], b"");
            let code = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default()["code"].clone();
            assert!(code != "not-found" && code != "method-not-allowed", "{method} {path}: {code}");
        }
    }
}
