//! Messages between the gateway's parts: late, lost, twice, out of order.

use std::cell::Cell;
use std::rc::Rc;

use fitting_room::app::message::{BodyMeta, BodyRequest, BodyResponse, Request, Response};
use fitting_room::app::ports::CallError;
use fitting_room::auth::ids::Ticket;

use crate::body_object::SimBody;
use crate::coverage::{Port, When};
use crate::executor::Reply;
use crate::fault::Fault;
use crate::world::World;

/// How long a message is under way, in milliseconds.
const MESSAGE_MS: (u64, u64) = (1, 40);
/// A slow one.
const SLOW_MS: (u64, u64) = (500, 3_000);

type Answer<T> = Result<T, CallError>;

/// Answers a message. Dropped without an answer, as its object was reset, it breaks the call.
pub struct Replier<T: 'static> {
    world: Rc<World>,
    reply: Option<Rc<Reply<Answer<T>>>>,
    is_lost: bool,
}

impl<T> Replier<T> {
    /// The answer sets out.
    pub fn answer(mut self, value: T) {
        let answer = if self.is_lost {
            Err(CallError::Broken("the answer was lost".to_owned()))
        } else {
            Ok(value)
        };
        self.send(answer);
    }

    /// There is no answer.
    pub fn break_off(mut self, reason: &str) {
        self.send(Err(CallError::Broken(reason.to_owned())));
    }

    fn send(&mut self, answer: Answer<T>) {
        let Some(reply) = self.reply.take() else {
            return;
        };
        let at_ms = self.world.now_ms() + self.world.message_ms();
        self.world.executor.act_at(at_ms, move |world| {
            reply.put(&world.executor, answer);
        });
    }
}

impl<T> Drop for Replier<T> {
    fn drop(&mut self) {
        self.send(Err(CallError::Broken("the object was reset".to_owned())));
    }
}

/// Tells whether a caller still waits.
#[derive(Clone, Default)]
pub struct Presence(Rc<Cell<bool>>);

/// Held by a caller while it waits.
pub struct Waits(Presence);

impl Presence {
    /// A caller waits from now on.
    pub fn wait(&self) -> Waits {
        Waits(self.clone())
    }

    /// It doesn't any more.
    pub fn is_gone(&self) -> bool {
        self.0.get()
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.0.set(true);
    }
}

impl World {
    /// How long a message is under way.
    pub fn message_ms(&self) -> u64 {
        let (min, max) = if self.happens(Fault::MessageSlow) { SLOW_MS } else { MESSAGE_MS };
        self.between(min, max)
    }

    /// Says something to the account.
    pub async fn ask(self: &Rc<Self>, mut request: Request) -> Answer<Response> {
        self.guards.rewrite(&mut request);
        let send = move |world: &Rc<World>, replier| {
            let stream = world.stream();
            let request = request.clone();
            let at_ms = world.now_ms() + world.message_ms();
            world.executor.act_at(at_ms, move |world| {
                world.account.deliver(world, stream, request, replier);
            });
        };
        self.call(Port::Ask, true, send).await
    }

    /// Says something to a body.
    pub async fn tell_body(
        self: &Rc<Self>,
        ticket: Ticket,
        request: BodyRequest,
    ) -> Answer<BodyResponse> {
        let send = move |world: &Rc<World>, replier| {
            let stream = world.stream();
            let request = request.clone();
            let at_ms = world.now_ms() + world.message_ms();
            world.executor.act_at(at_ms, move |world| {
                world.body(ticket, stream).deliver(world, request, replier);
            });
        };
        self.call(Port::Tell, true, send).await
    }

    async fn call<T: 'static>(
        self: &Rc<Self>,
        port: Port,
        may_repeat: bool,
        send: impl Fn(&Rc<Self>, Replier<T>),
    ) -> Answer<T> {
        self.point(port, When::Before).await;
        if self.happens(Fault::Overloaded) {
            let until_ms = self.now_ms() + self.message_ms();
            self.executor.until(until_ms).await;
            return Err(CallError::Overloaded("too much to do".to_owned()));
        }
        let reply = Rc::new(Reply::default());
        let is_lost = self.happens(Fault::AnswerLost);
        let replier = |reply, is_lost| Replier { world: Rc::clone(self), reply, is_lost };
        if self.happens(Fault::MessageLost) {
            // Dropped, it breaks the call.
            drop(replier(Some(Rc::clone(&reply)), false));
        } else {
            send(self, replier(Some(Rc::clone(&reply)), is_lost));
            if may_repeat && self.happens(Fault::MessageTwice) {
                send(self, replier(None, false));
            }
        }
        let answer = reply.wait(&self.executor, None).await;
        self.point(port, When::After).await;
        answer.unwrap_or_else(|| Err(CallError::Broken("no answer".to_owned())))
    }
}

impl World {
    /// Lets time pass, as a port.
    pub async fn pause(&self, ms: u64) {
        self.point(Port::Sleep, When::Before).await;
        self.executor.until(self.now_ms() + ms).await;
        self.point(Port::Sleep, When::After).await;
    }

    /// Uploads a body into its object.
    pub async fn upload(self: &Rc<Self>, meta: BodyMeta, body: SimBody) -> Answer<()> {
        let presence = Presence::default();
        let _waits = presence.wait();
        let send = move |world: &Rc<World>, replier| {
            let stream = world.stream();
            let (meta, presence) = (meta.clone(), presence.clone());
            let at_ms = world.now_ms() + world.message_ms();
            world.executor.act_at(at_ms, move |world| {
                let object = world.body(meta.ticket, stream);
                object.receive(world, meta, body, presence, replier);
            });
        };
        self.call(Port::Put, false, send).await
    }
}
