//! Requests with bodies: how many one address has at a time, and how many are worked on.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::http::StatusCode;
use tokio::sync::OwnedSemaphorePermit;

use super::app::{App, overloaded};
use super::problem::Problem;
use crate::limit::network;

/// Uploads in progress, by address; there are never more of them than connections.
#[derive(Debug, Default)]
pub(super) struct Senders(Mutex<BTreeMap<u128, usize>>);

/// One upload of an address.
#[derive(Debug)]
pub(super) struct Sender {
    senders: Arc<Senders>,
    network: u128,
}

impl Senders {
    /// One more upload of `from`, until the guard is dropped; at most `most` at a time.
    pub(super) fn enter(self: &Arc<Self>, from: IpAddr, most: usize) -> Result<Sender, Problem> {
        let network = network(from);
        let mut uploads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = uploads.get(&network).copied().unwrap_or(0);
        if count >= most {
            let detail =
                format!("this address is sending {most} requests already; wait for one to be answered");
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests-in-flight", detail);
            return Err(problem.retry_after(std::time::Duration::from_secs(1)));
        }
        uploads.insert(network, count + 1);
        Ok(Sender { senders: Arc::clone(self), network })
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let mut uploads = self.senders.0.lock().unwrap_or_else(PoisonError::into_inner);
        match uploads.get_mut(&self.network) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                uploads.remove(&self.network);
            }
        }
    }
}

/// An upload: counted for its address from its head on, and among those that are worked on once it is whole.
#[derive(Debug, Clone)]
pub(super) struct Upload(Arc<(Sender, OnceLock<OwnedSemaphorePermit>)>);

impl Upload {
    pub(super) fn new(sender: Sender) -> Self {
        Self(Arc::new((sender, OnceLock::new())))
    }

    /// The body is in: from now on it is one of those that are worked on, until the answer has been sent.
    pub(super) fn whole(&self, app: &App) -> Result<(), Problem> {
        let permit = Arc::clone(&app.uploads).try_acquire_owned().map_err(|_| overloaded())?;
        // A body is read once; a second permit would be given back here.
        let _ = self.0.1.set(permit);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_places_of_its_own_and_gets_them_back() {
        let senders = Arc::new(Senders::default());
        let enter = |from: &str| senders.enter(from.parse().unwrap(), 2);
        let (first, second) = (enter("192.0.2.1").unwrap(), enter("::ffff:192.0.2.1").unwrap());
        assert_eq!(enter("192.0.2.1").unwrap_err().code(), "too-many-requests-in-flight");
        let others = [enter("2001:db8::1").unwrap(), enter("2001:db8::2").unwrap()];
        enter("2001:db8::3").unwrap_err();
        drop(first);
        let third = enter("192.0.2.1").unwrap();
        drop((second, third, others));
        assert!(senders.0.lock().unwrap().is_empty());
    }
}
