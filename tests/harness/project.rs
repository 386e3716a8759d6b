//! A project with its steward, made by the program.

use super::program::Home;
use super::server::Server;

/// What the samples and fixtures contain, beside what the program's template of a charter has.
const MORE_ACTIVITIES: &[(&str, &str, &str)] = &[
    ("annotation", "sound-tagging", "item"),
    ("annotation", "transcription", "clip"),
    ("review", "verification", "clip"),
    ("dataset", "sentence-writing", "clip"),
];

/// A project in a log.
pub(crate) struct Project {
    /// Whoever made it: steward, enroller and importer.
    pub(crate) steward: Home,
    pub(crate) id: String,
}

/// A profile that knows the server's log by its key.
pub(crate) fn profile(server: &Server) -> Home {
    Home::new(server.url(), &server.vkey().to_string())
}

/// A charter for this steward, from the program's template, with a few replacements.
pub(crate) fn charter(steward: &Home, name: &str, changes: &[(&str, &str)]) -> String {
    let mut text = steward.run(&["project", "template", name]).ok();
    for (work, activity, unit) in MORE_ACTIVITIES {
        text += &format!(
            "\n[[activity]]\nwork = \"{work}\"\nactivity = \"{activity}\"\nunit = \"{unit}\"\nweight = 1\n"
        );
    }
    text += "\n[verdicts.review]\nrule = \"at-once\"\n";
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    steward.write("charter.toml", text)
}

impl Project {
    /// Makes one, and makes its steward an importer.
    pub(crate) fn new(server: &Server, name: &str) -> Self {
        let project = Self::with(server, name, &[]);
        project.steward.run(&["member", "add", name, "me", "--role", "importer"]).ok();
        project.steward.run(&["push"]).ok();
        project
    }

    /// Makes one, with changes in the charter.
    pub(crate) fn with(server: &Server, name: &str, changes: &[(&str, &str)]) -> Self {
        let steward = profile(server);
        let file = charter(&steward, name, changes);
        let made = steward.json(&["project", "create", &file]);
        assert_eq!(made["complete"], true);
        steward.run(&["push"]).ok();
        Self { id: made["id"].as_str().unwrap().to_owned(), steward }
    }

    /// Somebody else, who calls the project by this name.
    pub(crate) fn member(&self, server: &Server, name: &str) -> Home {
        let home = profile(server);
        home.run(&["project", "pin", name, &self.id]).ok();
        home
    }
}

/// Contributors, events logged and their quantity of a project, as the program shows them.
pub(crate) fn sums(home: &Home, name: &str) -> (usize, u64, u64) {
    let totals = home.json(&["total", "--project", name]);
    let contributors = totals["contributors"].as_array().unwrap();
    let counts = || contributors.iter().flat_map(|one| one["counts"].as_array().unwrap());
    let events = counts().map(|count| count["logged"]["events"].as_u64().unwrap()).sum();
    let quantity =
        counts().map(|count| count["logged"]["quantity"].as_str().unwrap().parse::<u64>().unwrap()).sum();
    (contributors.len(), events, quantity)
}
