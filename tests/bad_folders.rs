//! Folders and ports that a ledger can not or must not use. Each has its own answer, and what is in them stays as it is.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::checker::Stranger;
use crate::harness::events::Person;
use crate::harness::http::{ONE, lines};
use crate::harness::namespace::namespace;
use crate::harness::random::Random;
use crate::harness::server::{Server, Site};

/// Logs so many events and tells the stranger.
fn log(server: &Server, stranger: &mut Stranger, count: usize, random: &mut Random) {
    let me = Person::new(random);
    let entries: Vec<Vec<u8>> = (0..count).map(|_| me.event(&server.site.origin, random).entry).collect();
    assert_eq!(stranger.was_answered(&server.http.batch(&entries)), count);
    stranger.follow(&server.http);
}

/// A log with a few entries.
fn filled(test: &str) -> (Server, Stranger, Random) {
    let mut random = Random::new(test);
    let server = Site::new().create();
    let mut stranger = Stranger::of(&server);
    log(&server, &mut stranger, 10, &mut random);
    (server, stranger, random)
}

#[test]
fn a_log_is_made_only_when_asked_for_and_only_once() {
    let site = Site::new();
    let first = site.refused(&[]);
    first.fails(1, "no-log");
    assert!(first.stderr.contains("there is no ledger in") && first.stderr.contains("--create"), "{first:?}");
    let looked = site.fsck();
    looked.fails(2, "no-log");
    assert!(looked.stderr.contains("there is no ledger in"), "{looked:?}");
    assert!(
        !site.data().exists() && !site.keys().exists(),
        "nothing is made by a ledger that does not start"
    );
    fs::create_dir(site.data()).unwrap();
    fs::create_dir(site.keys()).unwrap();
    site.refused(&[]).fails(1, "no-log");
    site.fsck().fails(2, "no-log");
    let server = site.create();
    let stranger = Stranger::of(&server);
    let site = stranger.conclude(server);
    site.refused(&["--create"]).fails(1, "log-exists");
    // A log without its keys is not a first start.
    let mut site = site;
    site.use_keys("not-there");
    site.refused(&[]).fails(1, "key-missing");
    site.use_keys("keys");
    // An empty folder may be a disk that is not mounted.
    site.use_data("not-mounted");
    fs::create_dir(site.data()).unwrap();
    site.refused(&[]).fails(1, "data-missing");
    site.refused(&["--create"]).fails(1, "data-missing");
}

#[test]
fn the_data_and_keys_of_another_log_are_not_used() {
    let (server, stranger, _) = filled("another origin");
    let mut site = stranger.conclude(server);
    let vkey = site.vkey();
    site = site.origin("example.org/another-log");
    site.refused(&[]).fails(1, "signer-other-origin");
    // With keys of its own, the other log still does not get this one's data.
    site.use_keys("other-keys");
    site.use_data("other-data");
    let server = site.create();
    let other = Stranger::of(&server);
    let mut site = other.conclude(server);
    site.use_data("data");
    site.refused(&[]).fails(1, "data-other-origin");
    site = site.origin(crate::harness::server::ORIGIN);
    site.refused(&[]).fails(1, "signer-other-origin");
    // The right origin, and another key under its name.
    fs::remove_file(site.keys().join("signer-state")).unwrap();
    site.refused(&[]).fails(1, "other-key");
    site.use_keys("keys");
    let server = site.start(&[]);
    Stranger::new(vkey).conclude(server);
}

#[test]
fn a_log_has_one_writer() {
    let (server, stranger, _) = filled("already open");
    server.site.refused(&[]).fails(1, "signer-locked");
    server.site.copy("keys", "stolen-keys");
    let second = Site::new();
    for (name, from) in [("data", server.site.data()), ("keys", server.site.root().join("stolen-keys"))] {
        std::os::unix::fs::symlink(from, second.root().join(name)).unwrap();
    }
    second.refused(&[]).fails(1, "data-already-open");
    assert_eq!(server.site.fsck().status, 2, "fsck does not look at data that are being written");
    stranger.conclude(server);
}

#[test]
fn keys_are_kept_apart_from_the_data_and_to_oneself() {
    let (server, stranger, _) = filled("keys");
    let site = stranger.conclude(server);
    for name in ["checkpoint.pem", "ledger.pem", "signer-state"] {
        let mode = fs::metadata(site.keys().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
    let vkey = site.vkey();
    let key = site.keys().join("checkpoint.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    site.refused(&[]).fails(1, "key-exposed");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let pem = fs::read(&key).unwrap();
    fs::write(&key, b"-----BEGIN PRIVATE KEY-----\n").unwrap();
    site.refused(&[]).fails(1, "key-malformed");
    fs::write(&key, fs::read(site.keys().join("ledger.pem")).unwrap()).unwrap();
    site.refused(&[]).fails(1, "key-reused");
    fs::write(&key, pem).unwrap();
    let mut site = site;
    site.copy("keys", "data/keys");
    site.use_keys("data/keys");
    site.refused(&[]).fails(1, "keys-inside-data");
    fs::remove_dir_all(site.keys()).unwrap();
    site.use_keys("keys");
    let server = site.start(&[]);
    Stranger::new(vkey).conclude(server);
}

#[test]
fn a_restored_backup_is_behind_its_signer_and_says_so() {
    let (server, stranger, mut random) = filled("restored backup");
    let site = stranger.conclude(server);
    site.copy("data", "backup");
    let server = site.start(&[]);
    let mut stranger = Stranger::of(&server);
    log(&server, &mut stranger, 7, &mut random);
    let mut site = stranger.conclude(server);
    site.use_data("backup");
    let refused = site.refused(&[]);
    refused.fails(1, "store-behind-signer");
    assert!(refused.stderr.contains("11 entries") && refused.stderr.contains("18"), "{}", refused.stderr);
    assert_eq!(site.fsck().status, 1, "fsck holds the data against the signer's state");
    for wrong in ["10", "12", "18", "0"] {
        site.refused(&["--accept-lost-from", wrong]).fails(1, "store-behind-signer");
    }
    // The newest data are still there: nothing has to be given up.
    site.use_data("data");
    let server = site.start(&[]);
    let stranger = Stranger::of(&server);
    let mut site = stranger.conclude(server);
    // They are lost; the operator says from where on.
    site.use_data("backup");
    let server = site.start(&["--accept-lost-from", "11"]);
    let mut stranger = Stranger::of(&server);
    log(&server, &mut stranger, 3, &mut random);
    let mut site = stranger.conclude(server);
    // The old data have another history now.
    site.use_data("data");
    site.refused(&[]).fails(1, "signer-fork");
    fs::remove_file(site.keys().join("signer-state")).unwrap();
    site.refused(&[]).fails(1, "signer-state-missing");
    fs::write(site.keys().join("signer-state"), "nonsense\n").unwrap();
    site.refused(&[]).fails(1, "signer-state-malformed");
}

#[test]
fn a_port_in_use_leaves_no_log_behind() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let site = Site::new();
    let mut command = crate::harness::program::program();
    command.args(["serve", "--origin", "example.org/log", "--listen", &address, "--create", "--data"]);
    command.arg(site.data()).arg("--keys").arg(site.keys());
    crate::harness::program::run(command).fails(2, "port-in-use");
    assert!(!site.data().exists() && !site.keys().exists());
    let server = site.create();
    Stranger::of(&server).conclude(server);
}

#[test]
fn a_folder_on_a_read_only_file_system_is_not_written_to() {
    let (server, stranger, _) = filled("read-only");
    let mut site = stranger.conclude(server);
    let Some(space) = namespace(&site.data(), r#"mount --bind "$1" "$1" && mount -o remount,bind,ro "$1""#)
    else {
        return;
    };
    let outside = site.vkey();
    site.inside(&space);
    site.refused(&[]).fails(1, "data-read-only");
    drop(space);
    site.outside();
    let server = site.start(&[]);
    Stranger::new(outside).conclude(server);
}

#[test]
fn a_full_disk_ends_the_ledger_and_loses_nothing() {
    let mut random = Random::new("full");
    let mut site = Site::new();
    fs::create_dir(site.data()).unwrap();
    let Some(space) = namespace(&site.data(), r#"mount -t tmpfs -o size=24m none "$1""#) else { return };
    site.inside(&space);
    let server = site.create();
    let mut stranger = Stranger::of(&server);
    let me = Person::new(&mut random);
    let mut batches = 0;
    loop {
        let entries: Vec<Vec<u8>> =
            (0..1_000).map(|_| me.event(&server.site.origin, &mut random).entry).collect();
        match server.http.try_post("/v1/entries", "application/x-ndjson", &lines(&entries)) {
            Ok(answer) if answer.status == 200 => {
                stranger.was_answered(&answer.lines());
                batches += 1;
                assert!(batches < 200, "24 MiB are not full after {batches} batches");
            }
            Ok(answer) => {
                assert_eq!((answer.status, answer.problem().as_str()), (503, "outcome-unknown"));
                break;
            }
            Err(_) => break,
        }
    }
    let (site, status, said) = server.ended();
    assert!(!status.success() && said.to_lowercase().contains("space"), "{status}: {said}");
    assert!(batches > 3, "{batches}");
    let refused = site.refused(&[]);
    if refused.status != 0 {
        assert_eq!(refused.code(), "data-full", "{refused:?}");
    }
    let more_room = std::process::Command::new("nsenter")
        .args(&space.enter()[1..])
        .args(["mount", "-o", "remount,size=64m"])
        .arg(site.data())
        .status();
    assert!(more_room.unwrap().success());
    let server = site.start(&[]);
    let after = me.event(&server.site.origin, &mut random);
    stranger.was_answered(&[server.http.post("/v1/entries?wait", ONE, &after.entry).json()]);
    stranger.conclude(server);
}

#[test]
fn damaged_data_are_noticed() {
    let (server, stranger, mut random) = filled("damaged");
    let site = stranger.conclude(server);
    // Started again, so that the engine has written its tables.
    let server = site.start(&[]);
    let mut stranger = Stranger::of(&server);
    log(&server, &mut stranger, 300, &mut random);
    let mut site = stranger.conclude(server).start(&[]).stop();
    let tables: Vec<_> = fs::read_dir(site.data())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == "sst"))
        .collect();
    let mut damaged = 0;
    for (i, path) in tables.iter().enumerate() {
        let copy = format!("damaged-{i}");
        site.copy("data", &copy);
        site.use_data(&copy);
        let path = site.data().join(path.file_name().unwrap());
        let mut bytes = fs::read(&path).unwrap();
        // What the fold has made of the log can be made again; single values may have newer ones in another table.
        if bytes.windows(4).any(|word| word == b"fold") || bytes.windows(7).any(|word| word == b"default") {
            continue;
        }
        // A table begins with its data.
        bytes[20] ^= 0x10;
        fs::write(&path, bytes).unwrap();
        let ended = site.fsck();
        assert_ne!(ended.status, 0, "{} with another bit in it passes: {ended:?}", path.display());
        damaged += 1;
    }
    assert!(damaged >= 3, "{damaged} of {} tables", tables.len());
    site.use_data("data");
    site.fsck().ok();
}

#[test]
fn data_of_a_newer_version_are_left_alone() {
    let site = Site::new();
    let server = site.create();
    let vkey = server.vkey();
    // Killed at once, so that the first batch with the format's number is still in the engine's log of writes.
    let mut site = server.kill();
    site.copy("data", "newer");
    site.use_data("newer");
    let wal = newest(&site.data(), "log");
    fs::write(&wal, with_format(&fs::read(&wal).unwrap(), 2)).unwrap();
    site.refused(&[]).fails(1, "data-newer");
    site.use_data("data");
    let server = site.start(&[]);
    Stranger::new(vkey).conclude(server);
}

/// The newest file with this ending.
fn newest(dir: &Path, ending: &str) -> std::path::PathBuf {
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|found| found == ending)).max().unwrap()
}

/// The engine's log of writes with another number behind the key `format`.
///
/// A record is the masked CRC-32C of type and payload, the length (16 bits), the type, the payload; numbers are
/// little-endian, records do not cross blocks of 32 KiB.
fn with_format(log: &[u8], version: u32) -> Vec<u8> {
    let mut log = log.to_vec();
    let mut at = 0;
    while at + 7 <= log.len() {
        let length = usize::from(u16::from_le_bytes([log[at + 4], log[at + 5]]));
        let end = at + 7 + length;
        let key = b"\x06format\x04";
        if let Some(found) = log[at + 7..end].windows(key.len()).position(|bytes| bytes == key) {
            let value = at + 7 + found + key.len();
            log[value..value + 4].copy_from_slice(&version.to_be_bytes());
            let sum = crc32c(&log[at + 6..end]);
            let masked = sum.rotate_right(15).wrapping_add(0xa282_ead8);
            log[at..at + 4].copy_from_slice(&masked.to_le_bytes());
            return log;
        }
        at = end;
    }
    panic!("the format is not in the log of writes");
}

/// CRC-32C (RFC 3720, appendix B.4), bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    !crc
}
