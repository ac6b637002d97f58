//! The link and the page's state together, as the page connects them.

use analysis::Backend;
use analysis::gate::Refusal;
use analysis::prediction::OperatingPoint;
use analysis::promises::Promises;
use radiograph::Edit;

use super::{Effect, Event, FromWorker, Link, Wanted, WorkerId};
use crate::protocol::{EngineState, Request, Response, StudyId};
use crate::state::rehearsal::{Names, PART, WHOLE};

pub(super) fn stalled(seconds: u32) -> String {
    format!("no response for {seconds} seconds")
}

/// The engine is ready on a backend.
pub(super) fn ready(backend: Backend) -> Response {
    Response::Ready(Box::new(EngineState {
        backend,
        models: Vec::new(),
        complete: true,
        no_gpu: None,
        race: None,
        operating_point: OperatingPoint { least: [None; 3] },
        promises: Promises { of: [None; 3], coverage: 0.0 },
        clinical: None,
        frequencies: [0.0; 3],
    }))
}
use crate::state::{self, Stage, State};

/// The page's state and its link, connected as the page connects them.
#[derive(Default)]
struct Whole {
    state: State<Names>,
    link: Option<Link<Names>>,
    /// What was sent to be judged, and to which worker.
    sent: Vec<(WorkerId, StudyId, Edit)>,
}

impl Whole {
    fn open() -> Self {
        let mut whole = Self { link: Some(Link::new(Ok(Wanted::default()), stalled)), ..Self::default() };
        whole.happen(Event::Begin);
        whole
    }

    fn happen(&mut self, event: Event<Names>) {
        let effects = self.link.as_mut().expect("it is there").on(event, 0.0);
        for effect in effects {
            match effect {
                Effect::Say(response, bytes) => self.tell(state::Event::Said(response, bytes)),
                Effect::Send(id, Request::Analyze { study, edit }, _) => self.sent.push((id, study, edit)),
                _ => {}
            }
        }
    }

    fn tell(&mut self, event: state::Event<Names>) {
        let effects = self.state.on(event, 0.0);
        for effect in effects {
            match effect {
                // The disk answers at once.
                state::Effect::Read(study, edit, _) => self.tell(state::Event::Read(study, edit, Ok("bytes"), None)),
                state::Effect::Judge(study, edit, bytes) => self.happen(Event::Judge(study, edit, bytes)),
                state::Effect::Forget(study) => self.happen(Event::Forget(study)),
                _ => {}
            }
        }
    }

    fn hear(&mut self, worker: WorkerId, response: Response) {
        self.happen(Event::From(worker, FromWorker::Message(response, Some("pixels"))));
    }

    fn stage(&self, id: StudyId) -> &Stage {
        &self.state.of(id).expect("it is on the page").stage
    }
}

#[test]
fn a_film_that_is_cropped_while_its_engine_is_replaced_is_judged_once_and_as_it_is_now() {
    let mut whole = Whole::open();
    whole.tell(state::Event::Sample("sample-a.png"));
    whole.hear(1, Response::Awake);
    assert_eq!(whole.sent, [(1, 1, WHOLE)]);
    whole.happen(Event::From(1, FromWorker::Broken("gone".into())));
    // While the next one loads the reader chooses a part.
    whole.tell(state::Event::Edit(1, PART));
    whole.hear(2, Response::Awake);
    whole.hear(2, ready(Backend::Cpu));
    assert_eq!(whole.sent, [(1, 1, WHOLE), (2, 1, PART)]);
    // The first one's last words, for what was asked of it.
    whole.hear(1, Response::Refused { study: 1, edit: WHOLE, reasons: vec![Refusal::Colour] });
    assert!(*whole.stage(1) == Stage::Working);
    whole.hear(2, Response::Refused { study: 1, edit: PART, reasons: vec![Refusal::Colour] });
    assert!(*whole.stage(1) == Stage::Refused(vec![Refusal::Colour]));
}
