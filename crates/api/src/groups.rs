//! Work of many requests that is done together: whatever comes while a piece of it is under way goes into
//! the next one. Lone work is done at once; under load one commit serves many.

use std::{
    collections::VecDeque,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::timeout;

/// How much is done together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Groups under way at once, at most.
    pub(crate) shifts: usize,
    /// Pieces that must wait before another group begins beside those under way: the more go together, the
    /// less each costs.
    pub(crate) enough: usize,
    /// How long a group may be under way before another begins beside it anyway: it may wait for a lock
    /// that is nothing to the others.
    pub(crate) patience: Duration,
    /// Pieces in a group, at most.
    pub(crate) pieces: usize,
    /// Weight of a group, at most; a single piece may have more.
    pub(crate) weight: usize,
}

/// Pieces of work that wait for their group; a clone is the same one.
#[derive(Debug)]
pub(crate) struct Groups<W>(Arc<Mutex<Queue<W>>>);

#[derive(Debug)]
struct Queue<W> {
    waiting: VecDeque<W>,
    shifts: usize,
    /// Those among them whose group takes longer than anybody should wait.
    late: usize,
}

impl<W> Default for Groups<W> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Queue {
            waiting: VecDeque::new(),
            shifts: 0,
            late: 0,
        })))
    }
}

impl<W> Clone for Groups<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W> Groups<W> {
    fn queue(&self) -> MutexGuard<'_, Queue<W>> {
        // No code under the lock can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Send + 'static> Groups<W> {
    /// Puts a piece of work in its place. When there is room for one more, a shift begins that does group
    /// after group with `work` until nothing waits: no part of the request that brought it, it goes on when
    /// the client hangs up.
    pub(crate) fn add<F>(
        &self,
        piece: W,
        limits: Limits,
        weigh: fn(&W) -> usize,
        work: impl Fn(Vec<W>) -> F + Clone + Send + Sync + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut queue = self.queue();
        queue.waiting.push_back(piece);
        let shift = queue.needs_shift(limits).then(|| self.shift(&mut queue));
        drop(queue);
        if let Some(shift) = shift {
            shift.begin(limits, weigh, work);
        }
    }

    /// One more at work.
    fn shift(&self, queue: &mut Queue<W>) -> Shift<W> {
        queue.shifts += 1;
        Shift {
            groups: self.clone(),
            is_counted: true,
            is_late: false,
        }
    }
}

impl<W> Queue<W> {
    fn needs_shift(&self, limits: Limits) -> bool {
        let is_urgent = self.waiting.len() >= limits.enough || self.late == self.shifts;
        !self.waiting.is_empty() && self.shifts < limits.shifts && is_urgent
    }
}

/// Somebody at work. However it ends, also with a server that stops, it is no longer counted.
struct Shift<W> {
    groups: Groups<W>,
    is_counted: bool,
    is_late: bool,
}

impl<W> Drop for Shift<W> {
    fn drop(&mut self) {
        let mut queue = self.groups.queue();
        queue.shifts -= usize::from(self.is_counted);
        queue.late -= usize::from(self.is_late);
    }
}

impl<W: Send + 'static> Shift<W> {
    /// Does group after group. While one takes too long, another shift does what waits.
    fn begin<F>(
        mut self,
        limits: Limits,
        weigh: fn(&W) -> usize,
        work: impl Fn(Vec<W>) -> F + Clone + Send + Sync + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        tokio::spawn(async move {
            while let Some(group) = self.next(limits, weigh) {
                let mut doing = pin!(work(group));
                if timeout(limits.patience, &mut doing).await.is_ok() {
                    continue;
                }
                if let Some(other) = self.says_late(limits) {
                    other.begin(limits, weigh, work.clone());
                }
                doing.await;
                self.is_in_time();
            }
        });
    }

    /// Its group takes long: answers another shift when something waits.
    fn says_late(&mut self, limits: Limits) -> Option<Self> {
        let groups = self.groups.clone();
        let mut queue = groups.queue();
        queue.late += 1;
        self.is_late = true;
        queue
            .needs_shift(limits)
            .then(|| self.groups.shift(&mut queue))
    }

    fn is_in_time(&mut self) {
        self.groups.queue().late -= 1;
        self.is_late = false;
    }
}

impl<W> Shift<W> {
    /// The next group. When there is none the shift is over: counted off under the same lock, so that
    /// whoever comes next knows to begin a new one.
    fn next(&mut self, limits: Limits, weigh: fn(&W) -> usize) -> Option<Vec<W>> {
        let mut queue = self.groups.queue();
        let mut weight = 0;
        let fits = |piece: &&W| {
            weight += weigh(piece);
            weight <= limits.weight
        };
        let all = queue.waiting.iter().take(limits.pieces);
        let count = all.take_while(fits).count();
        let count = count.max(1).min(queue.waiting.len());
        if count == 0 {
            queue.shifts -= 1;
            self.is_counted = false;
            return None;
        }
        Some(queue.waiting.drain(..count).collect())
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::{mpsc, oneshot};

    use super::*;

    const LIMITS: Limits = Limits {
        shifts: 1,
        enough: 1,
        patience: Duration::MAX,
        pieces: 3,
        weight: 10,
    };

    /// A piece weighs what it is.
    const WEIGH: fn(&usize) -> usize = |piece| *piece;

    #[tokio::test]
    async fn what_comes_meanwhile_goes_together_as_far_as_there_is_room() {
        let groups = Groups::default();
        let (done, mut seen) = mpsc::unbounded_channel();
        let (go, wait) = oneshot::channel::<()>();
        let wait = Arc::new(tokio::sync::Mutex::new(Some(wait)));
        for piece in [1, 2, 3, 4, 4, 4, 99, 5] {
            let (done, wait) = (done.clone(), Arc::clone(&wait));
            groups.add(piece, LIMITS, WEIGH, move |group| {
                let (done, wait) = (done.clone(), Arc::clone(&wait));
                async move {
                    // The first group is under way until all wait.
                    if let Some(wait) = wait.lock().await.take() {
                        wait.await.unwrap();
                    }
                    done.send(group).unwrap();
                }
            });
            // The first one begins alone.
            tokio::task::yield_now().await;
        }
        go.send(()).unwrap();
        for expected in [vec![1], vec![2, 3, 4], vec![4, 4], vec![99], vec![5]] {
            assert_eq!(seen.recv().await.unwrap(), expected);
        }
    }

    /// Groups that never end: the first `count` that begin with these pieces, added one after the other, and
    /// no other at once.
    async fn begun(limits: Limits, pieces: usize, count: usize) -> Vec<Vec<usize>> {
        let groups = Groups::default();
        let (done, mut seen) = mpsc::unbounded_channel();
        for piece in 0..pieces {
            let done = done.clone();
            groups.add(piece, limits, WEIGH, move |group| {
                done.send(group).unwrap();
                std::future::pending()
            });
            tokio::task::yield_now().await;
        }
        let mut begun = Vec::new();
        for _ in 0..count {
            begun.push(seen.recv().await.unwrap());
        }
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(seen.try_recv().is_err());
        begun
    }

    #[tokio::test]
    async fn another_group_begins_when_enough_wait() {
        let limits = Limits {
            shifts: 2,
            enough: 3,
            ..LIMITS
        };
        assert_eq!(begun(limits, 3, 1).await, [vec![0]]);
        assert_eq!(begun(limits, 4, 2).await, [vec![0], vec![1, 2, 3]]);
        assert_eq!(begun(limits, 99, 2).await, [vec![0], vec![1, 2, 3]]);
    }

    #[tokio::test]
    async fn who_waits_behind_a_group_that_takes_long_is_served() {
        let limits = Limits {
            shifts: 2,
            enough: 99,
            patience: Duration::from_millis(20),
            ..LIMITS
        };
        // Though nobody else comes.
        assert_eq!(begun(limits, 2, 2).await, [vec![0], vec![1]]);
        // And whoever comes later.
        let groups = Groups::default();
        let (done, mut seen) = mpsc::unbounded_channel();
        for piece in [1, 2, 3] {
            let done = done.clone();
            groups.add(piece, limits, WEIGH, move |group: Vec<usize>| {
                let done = done.clone();
                async move {
                    let is_first = group == [1];
                    done.send(group).unwrap();
                    if is_first {
                        std::future::pending::<()>().await;
                    }
                }
            });
            assert_eq!(seen.recv().await.unwrap(), [piece]);
            let all_are_late = || {
                let queue = groups.queue();
                queue.late == queue.shifts
            };
            while !all_are_late() {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn a_shift_that_fails_makes_room_for_another() {
        let groups = Groups::default();
        let (done, mut seen) = mpsc::unbounded_channel();
        groups.add(1, LIMITS, WEIGH, |_| async { panic!("it breaks") });
        while groups.queue().shifts > 0 {
            tokio::task::yield_now().await;
        }
        groups.add(2, LIMITS, WEIGH, move |group| {
            let done = done.clone();
            async move { done.send(group).unwrap() }
        });
        assert_eq!(seen.recv().await.unwrap(), [2]);
    }
}
