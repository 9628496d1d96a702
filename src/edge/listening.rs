//! Who listens to a prediction: their open answers are held in its object, in memory alone. An object that is evicted
//! loses them; they come back, and begin with what is stored. Waiting costs nothing but one timer a prediction.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::desk::{Desk, begin};
use super::dispatchers::DispatcherHandle;
use super::ear::{self, Ear};
use super::gateway::now_ms;
use super::log;
use super::platform::Asked;
use super::reply::Reply;
use super::shown::Showing;
use crate::app::problem::Problem;
use crate::config::limits;
use crate::dispatcher::Place;
use crate::http::origin::Origin;
use crate::notify::subscription::{self, Form, Tag, Telling};
use crate::prediction::{Record, State};
use crate::run::view::view;

struct Listener {
    form: Form,
    /// What it was told last.
    seen: String,
    ear: Ear,
}

/// Who listens.
#[derive(Default)]
pub struct Listeners {
    all: RefCell<Vec<Listener>>,
    /// Counts the times that all were told something: whoever began before that is late.
    turn: Cell<u64>,
    /// Counts the timers: the last one alone is good.
    timer: Cell<u64>,
    heartbeat_ms: Cell<u64>,
    /// Where the run stands, and when the Dispatcher said so.
    place: Cell<Option<(u64, Option<Place>)>>,
    /// When the Dispatcher is asked again.
    place_ms: Cell<Option<u64>>,
}

impl Listeners {
    /// Nobody.
    pub fn is_empty(&self) -> bool {
        self.all.borrow().is_empty()
    }

    fn has_streams(&self) -> bool {
        let all = self.all.borrow();
        all.iter()
            .any(|listener| matches!(listener.form, Form::Stream(_)))
    }

    /// Lets go of everybody; their answers end.
    pub fn dismiss(&self) {
        self.turn.set(self.turn.get() + 1);
        self.all.take();
    }

    /// Lets go of who is gone, and of who waited long enough.
    fn prune(&self, now_ms: u64) {
        self.all.borrow_mut().retain(|listener| {
            let waited = matches!(listener.form, Form::Wait(until_ms) if until_ms <= now_ms);
            !waited && !listener.ear.is_lost()
        });
    }

    fn say_all(&self, bytes: &[u8]) {
        let chunk = Uint8Array::from(bytes);
        for listener in &*self.all.borrow() {
            if matches!(listener.form, Form::Stream(_)) {
                listener.ear.say(&chunk);
            }
        }
    }

    /// Where the streams are to be told something, each origin once.
    fn origins(&self, tag: &Tag, is_last: bool) -> Vec<Origin> {
        let mut origins = Vec::new();
        for listener in &*self.all.borrow() {
            if let Form::Stream(origin) = &listener.form
                && matches!(
                    listener.form.telling(&listener.seen, tag, is_last),
                    Telling::Event | Telling::LastEvent
                )
                && !origins.contains(origin)
            {
                origins.push(origin.clone());
            }
        }
        origins
    }

    fn tell(&self, tag: &Tag, is_last: bool, events: &[(Origin, Uint8Array)]) {
        self.all.borrow_mut().retain_mut(|listener| {
            let telling = listener.form.telling(&listener.seen, tag, is_last);
            if let (Telling::Event | Telling::LastEvent, Form::Stream(origin)) =
                (telling, &listener.form)
                && let Some((_, event)) = events.iter().find(|(known, _)| known == origin)
            {
                listener.ear.say(event);
                tag.as_str().clone_into(&mut listener.seen);
            }
            matches!(telling, Telling::Nothing | Telling::Event)
        });
    }

    /// When there is something to do next, in milliseconds since 1970.
    fn due_ms(&self) -> Option<u64> {
        let all = self.all.borrow();
        let waits = all.iter().map(|listener| match listener.form {
            Form::Wait(until_ms) => until_ms,
            Form::Stream(_) => self.heartbeat_ms.get(),
        });
        waits.min().map(|due_ms| {
            self.place_ms
                .get()
                .map_or(due_ms, |at_ms| due_ms.min(at_ms))
        })
    }
}

impl Desk {
    /// Lets somebody listen. 404 if there is nothing to listen to, 204 if it is over and this was seen, 429 if too many
    /// listen.
    pub fn listen(self: Rc<Self>, form: Form, seen: String) -> Asked<JsValue> {
        let status = |status| Ok(Reply::empty(status).into_response(false));
        let now = now_ms();
        let Some(record) = self.load()?.filter(|record| record.is_alive(now)) else {
            return status(404);
        };
        let shown = view(record.clone(), None).envelope;
        if shown.status.is_terminal()
            && form.telling(&seen, &Tag::of(&shown, 0), true) == Telling::End
        {
            return status(204);
        }
        let listeners = &self.listeners;
        if listeners.all.borrow().len() >= limits::LISTENERS_MAX {
            listeners.say_all(watch::HEARTBEAT);
            listeners.prune(now);
            if listeners.all.borrow().len() >= limits::LISTENERS_MAX {
                return status(429);
            }
        }
        let (ear, answer) = Ear::open();
        if matches!(form, Form::Stream(_)) {
            ear.say(&Uint8Array::from(watch::HELLO));
        }
        if listeners.is_empty() {
            listeners.heartbeat_ms.set(now + limits::HEARTBEAT_MS);
        }
        listeners
            .all
            .borrow_mut()
            .push(Listener { form, seen, ear });
        begin(Rc::clone(&self).tell(record));
        begin(Rc::clone(&self).watch());
        Ok(answer)
    }

    /// The record was saved: who listens hears of it.
    pub fn changed(self: &Rc<Self>, record: &Record) {
        self.listeners.place.take();
        if !self.listeners.is_empty() {
            begin(Rc::clone(self).tell(record.clone()));
        }
    }

    /// Tells everybody what they don't know yet. Where that fails they are let go, and come back to see for themselves.
    fn tell(self: Rc<Self>, record: Record) -> LocalBoxFuture<'static, Result<(), Problem>> {
        Box::pin(async move {
            let told = self.tell_all(record).await;
            if told.is_err() {
                self.listeners.dismiss();
            }
            told
        })
    }

    /// (1) What is shown. (2) Write it, once for each origin. (3) Tell, unless somebody told later news meanwhile.
    async fn tell_all(self: &Rc<Self>, record: Record) -> Result<(), Problem> {
        let listeners = &self.listeners;
        let turn = listeners.turn.get() + 1;
        listeners.turn.set(turn);
        // (1)
        if !record.is_alive(now_ms()) {
            listeners.dismiss();
            return Ok(());
        }
        let queues = record.state == State::Queued;
        let place = match &record.state {
            // Who waits is told nothing of it.
            State::Running { .. } if !listeners.has_streams() => None,
            _ => self.standing(&record).await,
        };
        let view = view(record, place);
        let tag = Tag::of(&view.envelope, 0);
        let is_last = view.envelope.status.is_terminal();
        // (2)
        let mut events = Vec::new();
        let addresses = self.configured()?.settings.output_addresses;
        for origin in listeners.origins(&tag, is_last) {
            let showing = Showing {
                env: &self.env,
                ticket: &self.ticket,
                origin: &origin,
                addresses,
                data_urls: true,
            };
            let shown = showing.show(&view).await?;
            let event = watch::event(&shown.tag, shown.json.as_bytes());
            events.push((origin, Uint8Array::from(event.as_slice())));
        }
        // (3)
        if listeners.turn.get() != turn {
            return Ok(());
        }
        listeners.tell(&tag, is_last, &events);
        let again_ms = queues.then(|| now_ms() + watch::place_again_ms(place));
        listeners.place_ms.set(again_ms);
        if again_ms.is_some() {
            begin(Rc::clone(self).watch());
        }
        Ok(())
    }

    /// Where the run stands, if it isn't over. An estimate is a kindness: without it the state is told all the same.
    pub async fn standing(&self, record: &Record) -> Option<Place> {
        let good_for_ms = match record.state {
            State::Queued => limits::PLACE_CACHE_MS,
            State::Running { .. } => limits::ESTIMATE_CACHE_MS,
            State::Sending | State::Ended { .. } => return None,
        };
        let now = now_ms();
        if let Some((at_ms, place)) = self.listeners.place.get()
            && now < at_ms + good_for_ms
        {
            return place.map(|place| place.after(now.saturating_sub(at_ms)));
        }
        let dispatcher = DispatcherHandle::of(&self.env, &record.key);
        let place = dispatcher
            .place(self.ticket)
            .await
            .unwrap_or_else(|problem| {
                log::error("listening", &problem);
                None
            });
        self.listeners.place.set(Some((now, place)));
        place
    }

    /// The one timer, as long as anybody listens: heartbeats, ends of waits, and looks at a queue's place.
    fn watch(self: Rc<Self>) -> LocalBoxFuture<'static, Result<(), Problem>> {
        Box::pin(async move {
            let listeners = &self.listeners;
            let timer = listeners.timer.get() + 1;
            listeners.timer.set(timer);
            while let Some(due_ms) = listeners.due_ms() {
                ear::pause(due_ms.saturating_sub(now_ms())).await;
                if listeners.timer.get() != timer {
                    return Ok(());
                }
                let now = now_ms();
                if listeners.heartbeat_ms.get() <= now {
                    listeners.heartbeat_ms.set(now + limits::HEARTBEAT_MS);
                    listeners.say_all(watch::HEARTBEAT);
                    // Who is gone is known once the platform has tried to write.
                    ear::pause(0).await;
                }
                listeners.prune(now);
                if listeners.place_ms.get().is_some_and(|at_ms| at_ms <= now) {
                    listeners.place_ms.set(None);
                    listeners.place.take();
                    if let Ok(Some(record)) = self.load()
                        && !listeners.is_empty()
                    {
                        Rc::clone(&self).tell(record).await?;
                    }
                }
            }
            Ok(())
        })
    }
}
