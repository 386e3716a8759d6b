//! The whole program: the real binary against a real server, as a person runs it.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use lebombo_benches::clock::time;
use lebombo_benches::rate::Rate;
use lebombo_benches::report::each;

use crate::limits::Check;
use crate::log::Log;
use crate::{Run, limits};

/// Rows of the file that is made here.
const ROWS: usize = 20_000;

/// How the file that is made here is read.
const MAP: &str = r#"format = "csv"
system = "bench"
contributor = "worker"
source-id = "row"
work = "annotation"
activity = "labelling"
unit = "item"
quantity = 1
[date]
column = "day"
"#;

/// How the corpus of real records is read, where it is there.
const CORPUS_MAP: &str = r#"format = "csv"
system = "corpus"
contributor = "worker"
source-id = "annotation_id"
work = "annotation"
activity = "labelling"
unit = "item"
quantity = 1
[date]
column = "created_at"
zone = "UTC"
"#;

/// Measures.
pub(crate) fn run(run: &mut Run) {
    run.section("whole program: a row of a file, over HTTP on loopback");
    let Some(program) = program() else {
        run.skip("the program is not built; run `cargo build --release` first");
        return;
    };
    let checks: Vec<_> = Log::new().contributions(512).iter().map(|entry| Check::of(entry)).collect();
    let raw = limits::verify_on_all(run.rounds, &checks);
    let rows = ROWS / run.shrink;
    let mut text = "row,worker,day,labels\n".to_owned();
    for row in 0..rows {
        let _ = writeln!(text, "{row},w{},2026-03-{:02},\"dog, {row}\"", row % 500, row % 28 + 1);
    }
    let folder = crate::folder();
    let file = folder.path().join("rows.csv");
    std::fs::write(&file, text).unwrap();
    job(run, &program, "made", &file, MAP, rows, raw);
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/vu_sound_annotations.csv");
    if corpus.is_file() {
        job(run, &program, "real", &corpus, CORPUS_MAP, 21_330, raw);
    } else {
        run.skip("the real records are not there");
    }
}

/// Imports, pushes and verifies one file, on a ledger and a profile of its own.
fn job(run: &mut Run, program: &Path, name: &str, file: &Path, map: &str, rows: usize, raw: Rate) {
    let folder = crate::folder();
    let home = Home { program, folder: folder.path() };
    let server = Server::start(program, folder.path());
    let map_file = folder.path().join("map.toml");
    std::fs::write(&map_file, map).unwrap();
    home.run(&["init", "--url", &server.url]);
    let charter = folder.path().join("charter.toml");
    std::fs::write(&charter, home.run(&["project", "template", "bench"])).unwrap();
    home.run(&["project", "create", path(&charter)]);
    home.run(&["push"]);
    home.run(&["member", "add", "bench", "me", "--role", "importer"]);
    home.run(&["push"]);
    let mut step = |what: &str, arguments: &[&str], limit: (&str, Rate)| {
        let rate = time(rows, || home.run(arguments));
        let all = each(Rate::new(1, rate.nanos));
        run.row(&format!("{what} {rows} {name} rows, in {all}"), rate, &[limit]);
    };
    let one = ("raw strict verification, all cores", raw);
    step("import", &["import", "map", path(file), "--project", "bench", "--map", path(&map_file)], one);
    step("push", &["push"], one);
    let policy = folder.path().join("profile/policy");
    let receipts = folder.path().join("profile/receipts");
    let two = ("two raw strict verifications, all cores", raw.group(2));
    step("verify", &["verify", path(&receipts), "--policy", path(&policy)], two);
    step("audit", &["audit", &server.url, "--policy", path(&policy)], one);
}

/// The program beside this benchmark.
fn program() -> Option<PathBuf> {
    let here = std::env::current_exe().ok()?;
    let program = here.parent()?.parent()?.join("lebombo");
    program.is_file().then_some(program)
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

struct Home<'a> {
    program: &'a Path,
    folder: &'a Path,
}

impl Home<'_> {
    /// Runs the program to its end, which must be a good one; what it printed.
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(self.program);
        command.arg("--home").arg(self.folder.join("profile")).args(arguments);
        let ended = command.stdin(Stdio::null()).env_remove("LEBOMBO_HOME").output().unwrap();
        assert!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
        String::from_utf8(ended.stdout).unwrap()
    }
}

/// A ledger in a process of its own, killed when dropped.
struct Server {
    child: Child,
    url: String,
    // The server must be able to go on writing to it.
    _output: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start(program: &Path, folder: &Path) -> Self {
        let mut command = Command::new(program);
        command.args([
            "serve",
            "--create",
            "--origin",
            "bench.example/log",
            "--listen",
            "127.0.0.1:0",
            "--data",
        ]);
        command.arg(folder.join("data")).arg("--keys").arg(folder.join("keys"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while output.read_line(&mut line).unwrap() > 0 {
            if let Some((_, url)) = line.trim_end().split_once("listening on ") {
                return Self { child, url: url.to_owned(), _output: output };
            }
            line.clear();
        }
        let status = child.wait().unwrap();
        unreachable!("the server ended before it listened: {status}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
