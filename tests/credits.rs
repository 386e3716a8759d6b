//! Which work a payslip's points come from: decided, adjusted, by rate, in two ranges; and of an alias that was claimed.

use std::path::Path;

use serde_json::Value;

use crate::harness::program::Home;
use crate::harness::project::Project;
use crate::harness::server::Site;
use crate::harness::wait;
use crate::payments::{did, payslip};
use crate::reviews::{annotate, with_role};
use crate::settlements::{OFTEN, frozen, settle};

/// `[before, after, times]` of the decisions that a payslip lists.
fn decisions(slip: &Value) -> Vec<[u64; 3]> {
    let number =
        |value: &Value| value.as_str().map_or_else(|| value.as_u64(), |text| text.parse().ok()).unwrap();
    let all = slip["work"]["credits"].as_array().unwrap();
    all.iter().map(|one| ["before", "after", "times"].map(|name| number(&one[name]))).collect()
}

fn index(home: &Home, id: &str) -> u64 {
    wait::until("the entry to be counted", || home.run(&["--json", "status", id]).json()["index"].as_u64())
}

fn verified(home: &Home, file: &Path) -> String {
    let policy = home.policy();
    home.run(&["verify", file.to_str().unwrap(), "--policy", policy.to_str().unwrap()]).ok()
}

#[test]
fn a_payslip_lists_the_work_that_its_points_come_from() {
    let server = Site::with_options(&OFTEN).create();
    let last = "[verdicts.review]\nrule = \"at-once\"\n";
    let pay = format!("{last}\n[pay]\n[[pay.rate]]\ncurrency = \"USD\"\namount = \"0.10\"\n");
    let verdicts =
        ("activity = \"verification\"\nunit = \"clip\"", "activity = \"checking\"\nunit = \"verdict\"");
    let project = Project::with(&server, "sauti", &[verdicts, (last, &pay)]);
    let steward = &project.steward;
    for role in ["treasurer", "arbiter"] {
        steward.run(&["member", "add", "sauti", "me", "--role", role]).ok();
    }
    steward.run(&["push"]).ok();
    let reviewer = with_role(&server, &project, "reviewer");
    let ama = project.member(&server, "sauti");
    let [whole, part, none] = [100, 50, 7].map(|quantity| annotate(&ama, quantity, &[]));
    ama.run(&["push"]).ok();
    reviewer.run(&["review", "accept", &whole, "--project", "sauti"]).ok();
    reviewer.run(&["review", "accept", &part, "--project", "sauti", "--quantity", "30"]).ok();
    reviewer.run(&["review", "reject", &none, "--project", "sauti", "--reason", "spam"]).ok();
    reviewer.run(&["push"]).ok();
    steward.run(&["income", "add", "sauti", "50.00", "USD"]).ok();
    steward.run(&["push"]).ok();
    frozen(steward, "sauti");
    settle(steward, "sauti");

    // What was rejected gave no points and is not there.
    let first = ama.beside("first.payslip");
    let slip = payslip(&ama, &first, 0);
    assert_eq!(slip["points"], "130", "{slip}");
    assert_eq!(decisions(&slip), [[0, 100, 1], [0, 30, 1]], "{slip}");
    let credits = &slip["work"]["credits"];
    assert_eq!(credits[0]["index"].as_u64().unwrap(), index(&ama, &whole));
    assert_eq!(credits[1]["index"].as_u64().unwrap(), index(&ama, &part));
    assert_eq!((&credits[0]["rate"], &slip["accrued"]), (&"0.10".into(), &"13.00".into()));
    assert_eq!(
        [&slip["work"]["points"], &slip["work"]["at_rate_minor_units"]].map(|v| v.as_str().unwrap()),
        ["130", "1300"]
    );
    let said = verified(&ama, &first);
    for words in [
        "2 decisions about work, the newest first",
        "30 points at 0.10 a point, decided by entry",
        "50 item of labelling on ",
        "points: 130, all since the last settlement",
        "by rate: 13.00, all since the last settlement",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // Nobody else has receipts of that work, and the file shows the same.
    assert!(!verified(steward, &first).contains("50 item of labelling"));
    // The reviewer's verdicts, which gave 1 point each: those of one review are one line.
    let slip = payslip(&reviewer, &reviewer.beside("reviewer.payslip"), 0);
    let times: u64 = decisions(&slip).iter().map(|[before, _, times]| times * u64::from(*before == 0)).sum();
    assert_eq!(times, 3, "{slip}");

    // The next range: less of the first, more of the second, and one more.
    steward
        .run(&["review", "adjust", &whole, "--project", "sauti", "--quantity", "90", "--reason", "spam"])
        .ok();
    steward
        .run(&["review", "adjust", &part, "--project", "sauti", "--quantity", "50", "--reason", "spam"])
        .ok();
    steward.run(&["push"]).ok();
    let more = annotate(&ama, 5, &[]);
    ama.run(&["push"]).ok();
    reviewer.run(&["review", "accept", &more, "--project", "sauti"]).ok();
    reviewer.run(&["push"]).ok();
    frozen(steward, "sauti");
    settle(steward, "sauti");
    let second = ama.beside("second.payslip");
    let slip = payslip(&ama, &second, 0);
    let mut found = decisions(&slip);
    found.sort_unstable();
    assert_eq!((&slip["number"], &slip["points"]), (&2.into(), &"15".into()), "{slip}");
    assert_eq!(found, [[0, 5, 1], [30, 50, 1], [100, 90, 1]], "{slip}");
    assert!(verified(&ama, &second).contains("50 points instead of 30"), "{slip}");
    // All, or none: the same line.
    let out = ama.beside("other.payslip");
    let out = out.to_str().unwrap();
    let all = ama.json(&["payslip", "sauti", "--credits", "all", "--out", out]);
    assert_eq!((decisions(&all).len(), &all["work"]["points"]), (5, &"145".into()), "{all}");
    let text = ama.run(&["payslip", "sauti", "--credits", "all"]).ok();
    assert!(text.contains("points: 145, of which 15 since the last settlement"), "{text}");
    let none = ama.json(&["payslip", "sauti", "--credits", "none", "--out", out]);
    assert_eq!((decisions(&none).len(), &none["work"]["decisions"]), (0, &5.into()), "{none}");
    let text = verified(&ama, Path::new(out));
    assert!(
        text.contains("0 of the 15 since the last settlement; the rest is of work that is not listed"),
        "{text}"
    );

    let settled = format!("/v1/projects/{}/settlements/2", project.id);
    let slip = format!("{settled}/payslips/{}?currency=USD", did(&ama));
    for (path, code) in [
        (format!("{slip}&credits="), "payslip-credits"),
        (format!("{slip}&credits=some"), "payslip-credits"),
        (format!("{slip}&credits=all&credits=all"), "malformed-query"),
        (format!("{settled}/lines?currency=USD&claimed_by=ama"), "contributor"),
    ] {
        let answer = server.http.get(&path);
        assert_eq!((answer.status, answer.problem().as_str()), (400, code), "{path}");
    }

    // A decision less, or other points, are refused.
    let text = std::fs::read_to_string(&second).unwrap();
    let credit = text.lines().find(|line| line.starts_with("credit ")).unwrap();
    let doctored = [
        (text.replacen(&format!("{credit}\n"), "", 1), "payslip-work"),
        (text.replacen(" 100 90 1\n", " 100 95 1\n", 1), "payslip-work-link"),
    ];
    for (forged, code) in doctored {
        assert_ne!(forged, text);
        let forged = ama.write("forged.payslip", forged);
        let policy = ama.policy();
        let ended = ama.run(&["verify", &forged, "--policy", policy.to_str().unwrap()]);
        ended.fails(1, "not-verified");
        assert!(ended.stdout.contains(&format!("[{code}]")), "{ended:?}");
    }
    drop(server);
}
