//! Sockets to which other machines connect, besides those of HTTP. Each connection is a task of the house, and there are
//! never more at once than was said: those who come then are told so and turned away.

use std::{
    collections::HashMap,
    future::Future,
    net::{IpAddr, SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use madoguchi_kernel::{Problem, problem::Result};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{house::House, network::Network};

/// After the system refused to give us a connection, it is asked again so much later.
const REFUSED_FOR: Duration = Duration::from_millis(200);
/// How long a caller who is turned away may take to hear so.
const TURNED_AWAY_WITHIN: Duration = Duration::from_secs(2);
/// Above so many hundredths of all places the crowd is dense.
const DENSE_PERCENT: usize = 80;

/// A socket that is ready to be connected to.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
}

impl Bound {
    /// Binds the address; nobody is answered yet.
    pub fn bind(address: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(address).map_err(Problem::broken)?;
        listener.set_nonblocking(true).map_err(Problem::broken)?;
        Ok(Self { listener })
    }
    /// The address that was bound.
    pub fn address(&self) -> Result<SocketAddr> {
        self.listener.local_addr().map_err(Problem::broken)
    }
}

/// Those who are connected now, shared by clones: several sockets may have one crowd.
#[derive(Clone, Debug)]
pub struct Crowd(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    places: usize,
    places_per_machine: usize,
    /// Machines that may have as many places as there are.
    known: Vec<Network>,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by: HashMap<IpAddr, usize>,
}

impl Crowd {
    /// Nobody yet.
    pub fn new(places: usize, places_per_machine: usize, known: Vec<Network>) -> Self {
        Self(Arc::new(Shared { places, places_per_machine, known, taken: Mutex::default() }))
    }

    /// A place, if there is one for this machine.
    pub fn admit(&self, machine: IpAddr) -> Option<Place> {
        let machine = machine.to_canonical();
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let its = taken.by.get(&machine).copied().unwrap_or_default();
        let is_known = self.0.known.iter().any(|network| network.has(machine));
        if taken.all >= self.0.places || (!is_known && its >= self.0.places_per_machine) {
            return None;
        }
        taken.all += 1;
        taken.by.insert(machine, its + 1);
        Some(Place { crowd: self.clone(), machine })
    }

    /// Whether places become rare: whoever takes one without using it should not keep it long.
    pub fn is_dense(&self) -> bool {
        let taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner).all;
        taken * 100 > self.0.places * DENSE_PERCENT
    }
}

/// One connection's place, free again when it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Place {
    crowd: Crowd,
    machine: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.crowd.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(its) = taken.by.get_mut(&self.machine) {
            *its -= 1;
            if *its == 0 {
                taken.by.remove(&self.machine);
            }
        }
    }
}

/// Answers everybody who connects, until the house stops. Who finds no place is sent `full` and cut off.
pub fn answer<F>(
    house: &House,
    bound: Bound,
    crowd: Crowd,
    full: &'static [u8],
    talk: impl Fn(TcpStream, SocketAddr) -> F + Send + Sync + 'static,
) -> Result<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = tokio::net::TcpListener::from_std(bound.listener).map_err(Problem::broken)?;
    let at = house.clone();
    house.spawn(async move {
        loop {
            let accepted = tokio::select! {
                () = at.stopping().cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Most often there are no descriptors left; the next connection ends and gives one back.
                    tracing::warn!(%error, "A connection could not be accepted");
                    at.clock().sleep(REFUSED_FOR).await;
                    continue;
                }
            };
            match crowd.admit(peer.ip()) {
                Some(place) => {
                    let talking = talk(stream, peer);
                    at.spawn(async move {
                        let _place = place;
                        talking.await;
                    });
                }
                None => turn_away(&at, stream, full).await,
            }
        }
    });
    Ok(())
}

/// What fits into a socket that was just opened is sent at once, so this holds up nobody.
async fn turn_away(house: &House, mut stream: TcpStream, full: &[u8]) {
    tokio::select! {
        told = stream.write_all(full) => {
            if let Err(error) = told {
                tracing::debug!(%error, "A caller who was turned away had left");
            }
        }
        () = house.clock().sleep(TURNED_AWAY_WITHIN) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_its_share_and_a_known_one_the_rest() {
        let known = vec!["10.0.0.0/8".parse().expect("a network")];
        let crowd = Crowd::new(5, 2, known);
        let [stranger, relay] = ["203.0.113.9", "10.0.0.1"].map(|machine| machine.parse().expect("an address"));
        let first = crowd.admit(stranger);
        let second = crowd.admit(stranger);
        assert!(first.is_some() && second.is_some() && crowd.admit(stranger).is_none());
        drop(first);
        let again = crowd.admit(stranger);
        assert!(again.is_some() && !crowd.is_dense());
        let held: Vec<Option<Place>> = (0..3).map(|_| crowd.admit(relay)).collect();
        assert!(held.iter().all(Option::is_some) && crowd.admit(relay).is_none(), "the house is full");
        assert!(crowd.is_dense());
        drop((held, second, again));
        assert!(!crowd.is_dense());
        assert!(crowd.0.taken.lock().expect("sound").by.is_empty(), "nobody who left is remembered");
    }
}
