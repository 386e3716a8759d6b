//! Somebody whose work was imported claims it: with two who vouch for them, against somebody else, and decided by an arbiter.

use serde_json::Value;

use crate::harness::program::Home;
use crate::harness::project::Project;
use crate::harness::server::Site;
use crate::harness::wait;
use crate::payments::{PAYER, did, lines, payslip};
use crate::reviews::{WORK, with_role};
use crate::settlements::{OFTEN, frozen, paying, settle};

/// Two people whose rows were imported; their aliases, ascending.
fn imported(project: &Project) -> [String; 2] {
    let steward = &project.steward;
    steward.run(&["member", "add", "sauti", "me", "--role", "importer"]).ok();
    steward.run(&["push"]).ok();
    let csv = steward.write("work.csv", "id,who,n\n1,w1,3\n2,w2,1\n3,w1,2\n");
    let map = steward.write("work.toml", WORK);
    steward.run(&["import", "map", &csv, "--map", &map, "--project", "sauti"]).ok();
    steward.run(&["push"]).ok();
    let totals = wait::until("the rows to be counted", || {
        let totals = steward.json(&["total", "--project", "sauti"]);
        let all = totals["contributors"].as_array().unwrap().clone();
        (all.len() == 2).then_some(all)
    });
    let mut aliases: Vec<String> =
        totals.iter().map(|one| one["contributor"].as_str().unwrap().to_owned()).collect();
    aliases.sort();
    aliases.try_into().unwrap()
}

/// A claim that these confirm, pushed by the last of them; what became of it.
fn claim(claimant: &Home, alias: &str, confirmers: &[&Home]) -> Result<String, String> {
    let file = claimant.beside("claim.dsse").to_str().unwrap().to_owned();
    let with: Vec<String> = confirmers.iter().map(|home| did(home)).collect();
    let args = ["claim", alias, "--project", "sauti", "--with", &with.join(","), "--out", &file];
    let made = claimant.json(&args);
    assert_eq!(made["complete"], false);
    let (last, others) = confirmers.split_last().unwrap();
    others.iter().for_each(|home| drop(home.run(&["sign", &file]).ok()));
    let pushed = last.run(&["sign", &file, "--push"]);
    std::fs::remove_file(&file).unwrap();
    let id = made["id"].as_str().unwrap().to_owned();
    if pushed.status != 0 {
        last.run(&["outbox", "drop", &id]).ok();
        return Err(pushed.stdout + &pushed.stderr);
    }
    wait::until("the claim to be counted", || {
        (claimant.json(&["status", &id])["status"] == "applied").then_some(())
    });
    Ok(id)
}

/// The line of an alias.
fn line(home: &Home, alias: &str) -> Value {
    lines(home).into_iter().find(|line| line["contributor"] == alias).unwrap()
}

#[test]
fn an_alias_is_claimed_disputed_decided_and_paid() {
    let server = Site::with_options(&OFTEN).create();
    let project = paying(&server, "[pay]\nshare = \"range\"\nclaim = 30\n");
    let steward = &project.steward;
    let aliases = imported(&project);
    let alias = aliases[0].as_str();
    steward.run(&["member", "add", "sauti", "me", "--role", "paymaster"]).ok();
    steward.run(&["income", "add", "sauti", "6.00", "USD"]).ok();
    steward.run(&["push"]).ok();
    frozen(steward, "sauti");
    settle(steward, "sauti");

    let [advocate, arbiter, ama, mallory] = [
        with_role(&server, &project, "advocate"),
        with_role(&server, &project, "arbiter"),
        project.member(&server, "sauti"),
        project.member(&server, "sauti"),
    ];
    // Nobody vouches twice, and roles differ.
    let refused = claim(&ama, alias, &[&advocate, &mallory]).unwrap_err();
    assert!(refused.contains("[claim-confirmers]"), "{refused}");
    let nobody = format!("alias:desk:{}", "0".repeat(64));
    let refused = claim(&ama, &nobody, &[&advocate, steward]).unwrap_err();
    assert!(refused.contains("[claim-alias]"), "{refused}");

    // It waits for thirty days; meanwhile somebody else says the same.
    claim(&ama, alias, &[&advocate, steward]).unwrap();
    let waiting = line(steward, alias);
    assert_eq!((&waiting["claimed_by"], &waiting["is_disputed"]), (&Value::Null, &false.into()));
    claim(&mallory, alias, &[&arbiter, steward]).unwrap();
    assert_eq!(line(steward, alias)["is_disputed"], true);
    let refused = claim(&mallory, alias, &[&arbiter, steward]).unwrap_err();
    assert!(refused.contains("[claim-repeated]"), "{refused}");

    // Nobody is paid while it is in dispute; the others are.
    let payees = format!(
        "contributor,name,identifier_type,identifier\n{alias},Somebody,MSISDN,255700000001\n{},Other,MSISDN,255700000002\n{},Ama,MSISDN,255700000003\n",
        aliases[1],
        did(&ama)
    );
    let payees = steward.write("payees.csv", payees);
    let out = steward.beside("paid").to_str().unwrap().to_owned();
    let export = ["settlement", "export", "sauti", "--payees", &payees, "--rail", "json", "--out", &out];
    let export = [&export[..], &PAYER].concat();
    let first = steward.json(&export);
    assert_eq!(
        (&first["parts"][0]["lines"], &first["left"][0]["code"]),
        (&1.into(), &"line-disputed".into()),
        "{first}"
    );

    // An arbiter signs one of the claims as a third: that one holds, at once.
    claim(&ama, alias, &[&advocate, steward, &arbiter]).unwrap();
    let decided = line(steward, alias);
    assert_eq!(
        (&decided["claimed_by"], &decided["is_disputed"]),
        (&did(&ama).into(), &false.into()),
        "{decided}"
    );
    let refused = claim(&mallory, alias, &[&arbiter, steward]).unwrap_err();
    assert!(refused.contains("[claim-in-force]"), "{refused}");
    // The payslip of the alias is the claimant's, and says who claims it: of three claims one was decided for.
    let slip = payslip(&ama, &ama.beside("alias.payslip"), 0);
    assert_eq!(slip["contributor"], alias, "{slip}");
    let claims = wait::until("the claims to be stated", || {
        let claims = ama.json(&["payslip", "sauti"])["claims"].as_array().unwrap().clone();
        (claims.len() == 1 && claims[0]["confirmers"].as_array().unwrap().len() == 3).then_some(claims)
    });
    assert_eq!(claims[0]["claimant"], did(&ama).as_str(), "{claims:?}");
    let said = ama.run(&["payslip", "sauti"]).ok();
    assert!(said.contains("the alias is claimed by did:key:") && said.contains("as 3 others say"), "{said}");
    mallory.run(&["payslip", "sauti"]).fails(1, "contributor-unknown");
    let second = steward.json(&export);
    assert_eq!(second["parts"][0]["lines"], 1, "{second}");
    let file = std::fs::read_to_string(second["parts"][0]["file"].as_str().unwrap()).unwrap();
    assert!(file.contains("255700000003") && !file.contains("255700000001"), "{file}");
    drop(server);
}
