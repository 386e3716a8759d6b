//! Projects by locally chosen names: `projects/NAME.toml`. Names in charters prove nothing; the id does.

use std::fs;
use std::io;
use std::path::PathBuf;

use lebombo_verifier::event::{Nonce, Token};
use lebombo_verifier::origin::{Origin, OriginError};
use lebombo_verifier::{Code, Hash};
use serde::{Deserialize, Serialize};

use crate::derive;
use crate::durable;
use crate::home::Home;
use crate::seed::Seed;
use crate::signer::Signer;

/// A project that this person has given a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Project {
    /// The name given here.
    pub(crate) name: Token,
    /// Event id of the first charter.
    pub(crate) id: Hash,
    /// The log that it is in.
    pub(crate) log: Origin,
    /// Event id of the charter that new events are made under.
    pub(crate) charter: Hash,
    /// SHA-256 of the project's import key, as that charter has it.
    pub(crate) import: Option<Hash>,
    /// The `id` of the first charter, where that charter names this person.
    pub(crate) founder: Option<Nonce>,
    /// Which of this person's keys for the project is used, 0 for the first.
    pub(crate) generation: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    log: String,
    charter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    import: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    founder: Option<String>,
    generation: u32,
}

impl Project {
    /// Finds a project by the name given here, or by its id if it has a name here.
    ///
    /// # Errors
    /// See [`ProjectError`].
    pub(crate) fn find(home: &Home, text: &str) -> Result<Self, ProjectError> {
        if let Some(id) = Hash::from_hex(text) {
            let unknown = || ProjectError::Unknown { given: text.to_owned() };
            return Self::all(home)?.into_iter().find(|project| project.id == id).ok_or_else(unknown);
        }
        let name = Token::parse(text)
            .ok_or_else(|| ProjectError::Name { given: text.chars().take(80).collect() })?;
        Self::read(home, name)?.ok_or_else(|| ProjectError::Unknown { given: text.to_owned() })
    }

    /// All projects with a name here, by name.
    ///
    /// # Errors
    /// [`ProjectError::Read`], [`ProjectError::Malformed`]
    pub(crate) fn all(home: &Home) -> Result<Vec<Self>, ProjectError> {
        let folder = home.projects();
        let unreadable = |source| ProjectError::Read { path: folder.clone(), source };
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(unreadable)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(unreadable)?.file_name();
            names.extend(name.to_str().and_then(|name| Token::parse(name.strip_suffix(".toml")?)));
        }
        names.sort();
        names.into_iter().filter_map(|name| Self::read(home, name).transpose()).collect()
    }

    fn read(home: &Home, name: Token) -> Result<Option<Self>, ProjectError> {
        let path = path_of(home, &name);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ProjectError::Read { path, source }),
            Ok(text) => text,
        };
        let malformed = |what: String| ProjectError::Malformed { path: path.clone(), what };
        let file: File = toml::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        let hash =
            |text: &str| Hash::from_hex(text).ok_or_else(|| malformed(format!("`{text}` is no event id")));
        let founder = match file.founder {
            None => None,
            Some(text) => {
                Some(Nonce::from_hex(&text).ok_or_else(|| malformed(format!("`{text}` is no charter id")))?)
            }
        };
        Ok(Some(Self {
            id: hash(&file.id)?,
            log: Origin::parse(&file.log).map_err(|error: OriginError| malformed(error.to_string()))?,
            charter: hash(&file.charter)?,
            import: file.import.as_deref().map(hash).transpose()?,
            founder,
            generation: file.generation,
            name,
        }))
    }

    /// Writes the project down. A name that stands for another project is left alone.
    ///
    /// # Errors
    /// [`ProjectError::NameTaken`], [`ProjectError::Write`]
    pub(crate) fn pin(&self, home: &Home) -> Result<(), ProjectError> {
        if let Some(other) = Self::read(home, self.name.clone())?
            && other.id != self.id
        {
            return Err(ProjectError::NameTaken { name: self.name.to_string(), id: other.id });
        }
        let file = File {
            id: self.id.to_string(),
            log: self.log.to_string(),
            charter: self.charter.to_string(),
            import: self.import.map(|hash| hash.to_string()),
            founder: self.founder.map(|id| id.to_string()),
            generation: self.generation,
        };
        let path = path_of(home, &self.name);
        let write = |path, source| ProjectError::Write { path, source };
        let text = toml::to_string(&file).map_err(|error| write(path.clone(), io::Error::other(error)))?;
        durable::write(&path, text.as_bytes()).map_err(|source| write(path, source))
    }

    /// This person's key in the project (spec/keys.md §2).
    pub(crate) fn signer(&self, seed: &Seed) -> Signer {
        match &self.founder {
            Some(charter) => derive::founder_key(seed, &self.log, &charter.0, self.generation),
            None => derive::project_key(seed, &self.log, &self.id, self.generation),
        }
    }
}

fn path_of(home: &Home, name: &Token) -> PathBuf {
    home.projects().join(format!("{name}.toml"))
}

/// A project can not be found or named.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProjectError {
    /// Not a name.
    #[error(
        "`{given}` is neither an id (64 hex digits) nor a name: 1 to 32 of a-z 0-9 -, not starting with -"
    )]
    Name {
        /// What was given.
        given: String,
    },
    /// Nothing has this name here.
    #[error("no project is called `{given}` here: `lebombo project pin NAME ID` gives one a name")]
    Unknown {
        /// What was given.
        given: String,
    },
    /// Another project has this name here.
    #[error("`{name}` stands for project {id} here: choose another name")]
    NameTaken {
        /// The name.
        name: String,
        /// What it stands for.
        id: Hash,
    },
    /// It can not be read.
    #[error("can not read {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It can not be written.
    #[error("can not write {}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not what we write.
    #[error("{} is not understood: {what}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Why.
        what: String,
    },
}

impl Code for ProjectError {
    fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "project-name",
            Self::Unknown { .. } => "project-not-pinned",
            Self::NameTaken { .. } => "project-name-taken",
            Self::Read { .. } => "project-unreadable",
            Self::Write { .. } => "project-not-written",
            Self::Malformed { .. } => "project-malformed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> Project {
        Project {
            name: Token::parse("vu-sound").unwrap(),
            id: Hash([1; 32]),
            log: Origin::parse("log.example").unwrap(),
            charter: Hash([2; 32]),
            import: Some(Hash([4; 32])),
            founder: None,
            generation: 0,
        }
    }

    fn home(folder: &std::path::Path) -> Home {
        let home = Home::locate(Some(folder.join("home"))).unwrap();
        home.ensure().unwrap();
        home
    }

    #[test]
    fn is_found_by_name_and_by_id() {
        let folder = tempfile::tempdir().unwrap();
        let home = home(folder.path());
        let founded = Project { founder: Some(Nonce([3; 16])), generation: 7, ..project() };
        founded.pin(&home).unwrap();
        assert_eq!(Project::find(&home, "vu-sound").unwrap(), founded);
        assert_eq!(Project::find(&home, &founded.id.to_string()).unwrap(), founded);
        assert_eq!(Project::all(&home).unwrap(), [founded]);
        assert_eq!(Project::find(&home, "other").unwrap_err().code(), "project-not-pinned");
        assert_eq!(Project::find(&home, "../etc").unwrap_err().code(), "project-name");
    }

    #[test]
    fn a_name_stands_for_one_project() {
        let folder = tempfile::tempdir().unwrap();
        let home = home(folder.path());
        project().pin(&home).unwrap();
        project().pin(&home).unwrap();
        let other = Project { id: Hash([9; 32]), ..project() };
        assert_eq!(other.pin(&home).unwrap_err().code(), "project-name-taken");
    }

    #[test]
    fn founders_and_others_have_different_keys() {
        let seed = Seed::from_bytes([5; 32]);
        let founded = Project { founder: Some(Nonce([3; 16])), ..project() };
        assert_ne!(founded.signer(&seed).did(), project().signer(&seed).did());
    }
}
