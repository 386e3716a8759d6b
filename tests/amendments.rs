//! A project's rules are changed: by all who must sign, and with notice.

use std::fs;

use crate::checker::Stranger;
use crate::harness::program::Home;
use crate::harness::project::{charter, profile};
use crate::harness::server::Site;
use crate::harness::wait;

#[test]
fn rules_are_amended_with_notice_and_by_all_who_must_sign() {
    let server = Site::new().create();
    let stranger = Stranger::of(&server);
    let (ama, kofi) = (profile(&server), profile(&server));
    let file = charter(&ama, "sauti", &[("threshold = 1", "threshold = 2"), ("notice = 7", "notice = 0")]);
    let for_kofi = kofi.write("charter.toml", fs::read(&file).unwrap());
    let his = kofi.run(&["whoami", "--charter", &for_kofi]).ok();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("keys = [\"me\"]", &format!("keys = [\"me\", \"{}\"]", his.trim()), 1))
        .unwrap();
    let made = ama.json(&["project", "create", &file]);
    let signed_by_kofi = |half: &str| {
        let passed_on = kofi.write("half.dsse", fs::read(half).unwrap());
        kofi.run(&["sign", &passed_on, "--push"]).ok();
    };
    signed_by_kofi(made["file"].as_str().unwrap());
    let id = made["id"].as_str().unwrap().to_owned();
    let in_force =
        |home: &Home| home.json(&["project", "show", "sauti"])["charter"].as_str().unwrap().to_owned();
    assert_eq!(in_force(&ama), id);

    // As a file it says what is in force, and proposing that is refused.
    let text = ama.run(&["project", "charter", "sauti"]).ok();
    let amended = ama.write("amended.toml", &text);
    ama.run(&["project", "amend", "sauti", &amended]).fails(1, "charter-unchanged");
    let line = text.lines().find(|line| line.starts_with("id = ")).unwrap();
    let other = ama.write("other.toml", text.replace(line, &format!("id = \"{}\"", "0".repeat(32))));
    ama.run(&["project", "amend", "sauti", &other]).fails(1, "charter-of-another-project");
    // In force at once, since the first charter gives no notice; and from then on with seven days of it.
    let text = text.replace("notice = 0", "notice = 7").replace("weight = 2", "weight = 5");
    fs::write(&amended, &text).unwrap();
    let made = ama.json(&["project", "amend", "sauti", &amended]);
    assert_eq!((&made["complete"], &made["notice"]), (&false.into(), &0.into()));
    signed_by_kofi(made["file"].as_str().unwrap());
    let second = made["id"].as_str().unwrap().to_owned();
    wait::until("the amendment", || (in_force(&ama) == second).then_some(()));
    let nobody = profile(&server);
    nobody.run(&["project", "pin", "sauti", &id]).ok();
    nobody.run(&["project", "amend", "sauti", &amended]).fails(1, "signer-not-listed");
    // Waiting, and another in its place.
    let propose = |weight: &str| {
        fs::write(&amended, text.replace("weight = 5", weight)).unwrap();
        let said = ama.run(&["project", "amend", "sauti", &amended]).ok();
        signed_by_kofi(amended.replace(".toml", ".dsse").as_str());
        said
    };
    assert!(propose("weight = 6").contains("In force 7 days of the log"));
    let pending = || ama.json(&["project", "show", "sauti"])["ledger"]["pending"].clone();
    let first = wait::until("the amendment to wait", || Some(pending()).filter(|pending| !pending.is_null()));
    let said = propose("weight = 7");
    assert!(said.contains(first["id"].as_str().unwrap()), "{said}");
    let next =
        wait::until("the other amendment", || Some(pending()).filter(|pending| pending["id"] != first["id"]));
    assert_eq!(in_force(&ama), second);
    let shown = ama.run(&["project", "show", "sauti"]).ok();
    assert!(
        shown.contains(next["id"].as_str().unwrap()) && shown.contains(next["from"].as_str().unwrap()),
        "{shown}"
    );
    stranger.conclude(server);
}
