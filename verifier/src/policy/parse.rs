//! Reading a policy, line by line.

use std::collections::BTreeMap;

use super::printable;
use super::{
    Group, Log, MAX_GROUPS, MAX_LOGS, MAX_POLICY, MAX_WITNESSES, Party, Policy, PolicyError, Witness,
};
use crate::note::{Key, Vkey};

impl Policy {
    /// Parses a policy file (C2SP tlog-policy, "Policy file syntax and structure").
    ///
    /// # Errors
    /// A [`PolicyError`] for the first line that breaks a rule; within a line, in the order of the variants. That there
    /// is no quorum is found at the end.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > MAX_POLICY {
            return Err(PolicyError::TooLong { length: bytes.len() });
        }
        let mut reader = Reader::default();
        for (position, line) in bytes.split_inclusive(|&b| b == b'\n').enumerate() {
            reader.line = position + 1;
            reader.read(line)?;
        }
        let (quorum, _) = reader.quorum.ok_or(PolicyError::QuorumMissing)?;
        Ok(Self { logs: reader.logs, parties: reader.parties, quorum })
    }
}

/// What the lines so far have said.
#[derive(Default)]
struct Reader<'a> {
    /// Number of the line being read, from 1.
    line: usize,
    logs: Vec<Log>,
    parties: Vec<Party>,
    /// For each position in `parties` the line that defines it, and the one where it is a member.
    lines: Vec<(usize, Option<usize>)>,
    names: BTreeMap<&'a [u8], usize>,
    /// Every key so far with its line and whether it is a log's.
    keys: Vec<(Vkey, usize, Role)>,
    /// The quorum and its line.
    quorum: Option<(Option<usize>, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Log,
    Witness,
}

impl<'a> Reader<'a> {
    fn read(&mut self, line: &'a [u8]) -> Result<(), PolicyError> {
        let number = self.line;
        let is_allowed = |b: u8| matches!(b, b'\t' | b'\n' | 0x20..=0x7e | 0x80..);
        if let Some(&octet) = line.iter().find(|&&b| !is_allowed(b)) {
            return Err(PolicyError::Octet { line: number, octet });
        }
        let line = line.strip_suffix(b"\n").ok_or(PolicyError::Unterminated { line: number })?;
        let items: Vec<&[u8]> =
            line.split(|&b| b == b' ' || b == b'\t').filter(|item| !item.is_empty()).collect();
        match items.split_first() {
            None => Ok(()),
            Some((keyword, _)) if keyword.starts_with(b"#") => Ok(()),
            Some((&b"log", rest)) => self.log(rest),
            Some((&b"witness", rest)) => self.witness(rest),
            Some((&b"group", rest)) => self.group(rest),
            Some((&b"quorum", rest)) => self.set_quorum(rest),
            Some((keyword, _)) => Err(PolicyError::Keyword { line: number, keyword: printable(keyword) }),
        }
    }

    fn log(&mut self, items: &[&[u8]]) -> Result<(), PolicyError> {
        let line = self.line;
        let (vkey, url) = match items {
            [vkey] => (vkey, None),
            [vkey, url] => (vkey, Some(url.to_vec())),
            _ => return Err(PolicyError::LogItems { line }),
        };
        if self.logs.len() == MAX_LOGS {
            return Err(PolicyError::TooManyLogs { line });
        }
        let vkey = Vkey::from_bytes(vkey).map_err(|source| PolicyError::Vkey { line, source })?;
        if matches!(vkey.key(), Key::CosignatureV1(_)) {
            return Err(PolicyError::LogKeyType { line, type_byte: vkey.key().type_byte() });
        }
        self.add_key(&vkey, Role::Log)?;
        self.logs.push(Log { vkey, url });
        Ok(())
    }

    fn witness(&mut self, items: &[&'a [u8]]) -> Result<(), PolicyError> {
        let line = self.line;
        let (&name, vkey, url) = match items {
            [name, vkey] => (name, vkey, None),
            [name, vkey, url] => (name, vkey, Some(url.to_vec())),
            _ => return Err(PolicyError::WitnessItems { line }),
        };
        let count = self.parties.iter().filter(|p| matches!(p, Party::Witness(_))).count();
        if count == MAX_WITNESSES {
            return Err(PolicyError::TooManyWitnesses { line });
        }
        let vkey = Vkey::from_bytes(vkey).map_err(|source| PolicyError::Vkey { line, source })?;
        if matches!(vkey.key(), Key::Ed25519(_)) {
            return Err(PolicyError::WitnessKeyType { line, type_byte: vkey.key().type_byte() });
        }
        self.add_key(&vkey, Role::Witness)?;
        self.check_name(name)?;
        self.define(name, Party::Witness(Box::new(Witness { name: name.to_vec(), vkey, url })));
        Ok(())
    }

    fn group(&mut self, items: &[&'a [u8]]) -> Result<(), PolicyError> {
        let line = self.line;
        let &[name, threshold, ref member_names @ ..] = items else {
            return Err(PolicyError::GroupItems { line });
        };
        if member_names.is_empty() {
            return Err(PolicyError::GroupItems { line });
        }
        let count = self.parties.iter().filter(|p| matches!(p, Party::Group(_))).count();
        if count == MAX_GROUPS {
            return Err(PolicyError::TooManyGroups { line });
        }
        self.check_name(name)?;
        if threshold != b"all" && threshold != b"any" && !is_decimal(threshold) {
            return Err(PolicyError::ThresholdForm { line });
        }
        let mut members = Vec::with_capacity(member_names.len());
        for member in member_names {
            members.push(self.take_member(member)?);
        }
        let threshold = match threshold {
            b"all" => members.len(),
            b"any" => 1,
            digits => parse_decimal(digits).filter(|k| (1..=members.len()).contains(k)).ok_or_else(|| {
                PolicyError::ThresholdRange { line, threshold: printable(digits), members: members.len() }
            })?,
        };
        self.define(name, Party::Group(Group { name: name.to_vec(), threshold, members }));
        Ok(())
    }

    fn set_quorum(&mut self, items: &[&[u8]]) -> Result<(), PolicyError> {
        let line = self.line;
        let &[name] = items else {
            return Err(PolicyError::QuorumItems { line });
        };
        if let Some((_, first)) = self.quorum {
            return Err(PolicyError::QuorumTwice { line, first });
        }
        let quorum = match name {
            b"none" => None,
            _ => match self.names.get(name) {
                Some(&position) => Some(position),
                None => return Err(PolicyError::QuorumUndefined { line, name: printable(name) }),
            },
        };
        self.quorum = Some((quorum, line));
        Ok(())
    }

    fn add_key(&mut self, vkey: &Vkey, role: Role) -> Result<(), PolicyError> {
        let line = self.line;
        for (other, first, other_role) in &self.keys {
            let (first, is_same_key) = (*first, other.key().bytes() == vkey.key().bytes());
            if is_same_key && *other_role == role {
                return Err(match role {
                    Role::Log => PolicyError::DuplicateLog { line, first },
                    Role::Witness => PolicyError::DuplicateWitness { line, first },
                });
            }
            if !is_same_key && other.key_id() == vkey.key_id() && other.name() == vkey.name() {
                return Err(PolicyError::KeyIdCollision { line, first });
            }
        }
        self.keys.push((vkey.clone(), line, role));
        Ok(())
    }

    fn check_name(&self, name: &[u8]) -> Result<(), PolicyError> {
        let line = self.line;
        if name == b"none" {
            return Err(PolicyError::NameReserved { line });
        }
        match self.names.get(name) {
            Some(&position) => {
                let (first, _) = self.lines[position];
                Err(PolicyError::NameTaken { line, name: printable(name), first })
            }
            None => Ok(()),
        }
    }

    fn define(&mut self, name: &'a [u8], party: Party) {
        self.names.insert(name, self.parties.len());
        self.lines.push((self.line, None));
        self.parties.push(party);
    }

    fn take_member(&mut self, name: &[u8]) -> Result<usize, PolicyError> {
        let line = self.line;
        if name == b"none" {
            return Err(PolicyError::NoneAsMember { line });
        }
        let Some(&position) = self.names.get(name) else {
            return Err(PolicyError::MemberUndefined { line, name: printable(name) });
        };
        let (_, member_on) = &mut self.lines[position];
        if let Some(first) = *member_on {
            return Err(PolicyError::MemberTwice { line, name: printable(name), first });
        }
        *member_on = Some(line);
        Ok(position)
    }
}

fn is_decimal(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit) && (text == b"0" || !text.starts_with(b"0"))
}

/// The number, if it fits.
fn parse_decimal(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
