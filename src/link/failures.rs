//! How workers fail, fall silent or answer too late, without a browser and without waiting.

use analysis::Backend;
use analysis::error::Error;
use analysis::findings::{Evidence, Timings};
use analysis::grad_cam::ClassMaps;
use analysis::prediction::Class;
use radiograph::{Edit, Window};

use super::connected::{ready, stalled};
use super::recovery::BACK_PATIENCE_MS;
use super::{Effect, Event, FromWorker, Link, PATIENCE_S, Program, Status, Unusual, Wanted, WorkerId};
use crate::protocol::{Request, Response, StudyId};
use crate::state::Check;
use crate::state::rehearsal::{Names, PART, WHOLE};

const PATIENCE_MS: f64 = 1000.0 * PATIENCE_S as f64;

/// The link, a clock, and what happened to its workers.
struct Page {
    link: Link<Names>,
    now_ms: f64,
    effects: Vec<Effect<Names>>,
}

impl Page {
    fn open(wanted: Wanted) -> Self {
        let mut page = Self { link: Link::new(Ok(wanted), stalled), now_ms: 0.0, effects: Vec::new() };
        page.tell(Event::Begin);
        page
    }

    /// With a fast engine that is ready on a backend.
    fn ready(backend: Backend) -> Self {
        let mut page = Self::open(Wanted::default());
        page.wake(1, backend);
        page.take();
        page
    }

    fn tell(&mut self, event: Event<Names>) {
        let effects = self.link.on(event, self.now_ms);
        self.effects.extend(effects);
    }

    fn wait(&mut self, ms: f64) {
        self.now_ms += ms;
        self.tell(Event::Tick);
    }

    fn say(&mut self, worker: WorkerId, response: Response) {
        let bytes = matches!(response, Response::Read { .. } | Response::Evidence { .. }).then_some("film");
        self.tell(Event::From(worker, FromWorker::Message(response, bytes)));
    }

    fn break_down(&mut self, worker: WorkerId) {
        self.tell(Event::From(worker, FromWorker::Broken("gone".into())));
    }

    fn wake(&mut self, worker: WorkerId, backend: Backend) {
        self.say(worker, Response::Awake);
        self.say(worker, ready(backend));
    }

    fn judge(&mut self, study: StudyId, edit: Edit) {
        self.tell(Event::Judge(study, edit, "bytes"));
    }

    fn explain(&mut self, worker: WorkerId, study: StudyId, edit: Edit) {
        self.say(worker, Response::Begun { study });
        self.say(worker, Response::Explained { study, edit, class: Class::Normal, timings: Timings::default() });
    }

    /// What was done since the last call, in short.
    fn take(&mut self) -> Vec<String> {
        let name = |effect: Effect<Names>| match effect {
            Effect::Start(id, Program::Fast) => format!("start {id}"),
            Effect::Start(id, Program::Reference) => format!("start {id} of burn"),
            Effect::End(id) => format!("end {id}"),
            Effect::Send(id, request, _) | Effect::Give(id, request, _) => match request {
                Request::Start { backend, .. } => format!("{id}: start on {backend:?}"),
                Request::Analyze { study, edit } => {
                    format!("{id}: judge {study}{}", if edit == PART { "p" } else { "" })
                }
                Request::Read { study, .. } => format!("{id}: read {study}"),
                Request::Judge { study, .. } => format!("{id}: judge what was read of {study}"),
                Request::Traffic => format!("{id}: traffic"),
                Request::Forget { study } => format!("{id}: forget {study}"),
                Request::Evidence { study } => format!("{id}: evidence of {study}"),
                Request::Check { study, .. } => format!("{id}: check {study}"),
                Request::Look { study, .. } => format!("{id}: look at {study}"),
                Request::Overlay { .. } | Request::Detail { .. } => format!("{id}: paint"),
            },
            Effect::ForgetProgram(_) => "forget program".into(),
            Effect::Say(Response::StudyFailed { study, .. }, _) => format!("{study} failed"),
            Effect::Say(Response::Explained { study, .. }, _) => format!("{study} explained"),
            Effect::Say(Response::Awake, _) => "awake".into(),
            Effect::Say(..) => "said".into(),
            Effect::NotLooked(study) => format!("{study} not looked at"),
            Effect::Checked(study, _, check) => match check {
                Check::Idle => format!("check of {study} ended"),
                Check::Forgotten => format!("{study} forgotten"),
                Check::Lost(_) => format!("check of {study} lost"),
                Check::Failed(_) => format!("check of {study} failed"),
                _ => format!("{study} checked"),
            },
            Effect::Fetched(_) | Effect::Asked(_) | Effect::Remember(_) | Effect::Ready(_) => String::new(),
        };
        self.effects.drain(..).map(name).filter(|name| !name.is_empty() && !name.ends_with("traffic")).collect()
    }
}

#[test]
fn files_that_come_while_it_loads_are_judged_once_it_is_awake() {
    let mut page = Page::open(Wanted::default());
    page.judge(1, WHOLE);
    page.judge(1, PART);
    page.judge(2, WHOLE);
    assert_eq!(page.take(), ["start 1"]);
    page.wake(1, Backend::Cpu);
    assert_eq!(page.take(), ["1: start on None", "1: judge 1p", "1: judge 2", "awake"]);
}

#[test]
fn an_engine_that_fails_on_the_graphics_processor_is_started_anew_on_the_cpu() {
    let mut page = Page::ready(Backend::WebGpu);
    page.judge(1, WHOLE);
    page.say(1, Response::StudyFailed { study: 1, edit: WHOLE, error: Error::Compute("lost".into()) });
    assert_eq!(page.take(), ["1: judge 1", "end 1", "start 2"]);
    // What the one before still says is not heard.
    page.explain(1, 1, WHOLE);
    assert_eq!(page.take(), [""; 0]);
    page.wake(2, Backend::Cpu);
    assert_eq!(page.take(), ["2: start on Some(Cpu)", "awake", "2: judge 1"]);
    assert_eq!(page.link.unusual, Some(Unusual::Restarted(Error::Compute("lost".into()))));
}

#[test]
fn a_backend_that_was_asked_for_is_asked_for_anew_and_the_film_in_hand_fails() {
    let mut page = Page::open(Wanted { backend: Some(Backend::WebGpu), ..Wanted::default() });
    page.wake(1, Backend::WebGpu);
    page.judge(1, WHOLE);
    page.judge(2, WHOLE);
    page.say(1, Response::Begun { study: 1 });
    page.take();
    page.say(1, Response::StudyFailed { study: 1, edit: WHOLE, error: Error::Compute("lost".into()) });
    assert_eq!(page.take(), ["end 1", "start 2", "1 failed"]);
    page.wake(2, Backend::WebGpu);
    assert_eq!(page.take(), ["2: start on Some(WebGpu)", "awake", "2: judge 2"]);
}

#[test]
fn of_two_films_only_the_one_that_ends_the_engine_fails() {
    let mut page = Page::ready(Backend::Cpu);
    page.judge(1, WHOLE);
    page.judge(2, WHOLE);
    page.explain(1, 1, WHOLE);
    page.say(1, Response::Begun { study: 2 });
    page.judge(3, WHOLE);
    page.take();
    page.break_down(1);
    assert_eq!(page.take(), ["end 1", "start 2", "2 failed"]);
    page.wake(2, Backend::Cpu);
    assert_eq!(page.take(), ["2: start on Some(Cpu)", "awake", "2: judge 3"]);
}

#[test]
fn an_engine_that_always_ends_is_not_started_for_ever() {
    let mut page = Page::ready(Backend::Cpu);
    for worker in 1..=3 {
        page.break_down(worker);
        if worker < 3 {
            page.wake(worker + 1, Backend::Cpu);
        }
    }
    assert!(matches!(page.link.status, Status::Failed(Error::Compute(_))));
    page.take();
    // What comes now fails at once, and says why.
    page.judge(9, WHOLE);
    assert_eq!(page.take(), ["9 failed"]);
    page.tell(Event::Begin);
    assert_eq!(page.take(), ["start 4"]);
}

#[test]
fn silence_is_borne_for_a_minute_while_there_is_work_and_for_ever_without() {
    let mut page = Page::ready(Backend::Cpu);
    page.wait(PATIENCE_MS * 10.0);
    assert_eq!(page.take(), [""; 0]);
    page.judge(1, WHOLE);
    page.judge(2, WHOLE);
    page.wait(PATIENCE_MS);
    page.say(1, Response::Begun { study: 1 });
    page.wait(PATIENCE_MS);
    assert_eq!(page.take(), ["1: judge 1", "1: judge 2"]);
    // Answers about what was fetched come between two pieces of work, and are no sign of progress.
    page.say(1, Response::Traffic(Vec::new()));
    page.wait(1.0);
    assert_eq!(page.take(), ["end 1", "start 2", "1 failed"]);
    page.wake(2, Backend::Cpu);
    assert_eq!(page.take().last().map(String::as_str), Some("2: judge 2"));
}

#[test]
fn weights_that_never_come_are_no_fault_of_the_processor() {
    let mut page = Page::open(Wanted::default());
    page.say(1, Response::Awake);
    page.say(1, Response::Progress { loaded_bytes: 10, total_bytes: 100 });
    page.judge(1, WHOLE);
    page.wait(PATIENCE_MS + 1.0);
    let stalled = Error::Weights("no response for 60 seconds".into());
    assert_eq!(page.link.status, Status::Failed(stalled));
    assert!(page.take().ends_with(&["forget program".into(), "end 1".into(), "1 failed".into()]));
}

#[test]
fn a_worker_that_died_while_the_page_was_away_is_replaced_and_no_film_is_blamed() {
    let mut page = Page::ready(Backend::Cpu);
    page.judge(1, WHOLE);
    // Nothing runs meanwhile, not even the clock's ticks.
    page.now_ms += PATIENCE_MS * 5.0;
    page.take();
    page.tell(Event::Shown);
    assert!(matches!(page.effects[..], [Effect::Send(1, Request::Traffic, None)]), "it is not asked whether it lives");
    page.wait(BACK_PATIENCE_MS);
    assert_eq!(page.take(), [""; 0]);
    page.wait(1.0);
    assert_eq!(page.take(), ["end 1", "start 2"]);
    page.wake(2, Backend::Cpu);
    assert_eq!(page.take(), ["2: start on Some(Cpu)", "awake", "2: judge 1"]);
    // One that answers is left alone.
    page.tell(Event::Shown);
    page.say(2, Response::Traffic(Vec::new()));
    page.wait(BACK_PATIENCE_MS + 1.0);
    assert_eq!(page.take(), [""; 0]);
}

#[test]
fn a_program_that_does_not_arrive_is_fetched_anew_once() {
    let mut page = Page::open(Wanted::default());
    page.take();
    page.tell(Event::From(1, FromWorker::NotLoaded("cut off".into())));
    assert_eq!(page.take(), ["forget program", "end 1", "start 2"]);
    page.tell(Event::From(2, FromWorker::NotLoaded("cut off".into())));
    assert_eq!(page.link.status, Status::Failed(Error::Weights("cut off".into())));
}

#[test]
fn a_worker_that_twice_ends_before_it_begins_lacks_a_file() {
    let mut page = Page::open(Wanted::default());
    page.break_down(1);
    assert_eq!(page.take(), ["start 1", "end 1", "start 2"]);
    page.break_down(2);
    assert_eq!(page.link.status, Status::Failed(Error::Weights("gone".into())));
}

#[test]
fn loading_that_is_stopped_keeps_what_waits() {
    let mut page = Page::open(Wanted::default());
    page.judge(1, WHOLE);
    page.tell(Event::Stop);
    page.judge(2, WHOLE);
    page.say(1, Response::Awake);
    assert_eq!(page.take(), ["start 1", "forget program", "end 1"]);
    page.tell(Event::Begin);
    page.wake(2, Backend::Cpu);
    assert_eq!(page.take(), ["start 2", "2: start on None", "2: judge 1", "2: judge 2", "awake"]);
}

#[test]
fn films_are_read_ahead_and_those_of_a_reader_that_ends_are_read_by_the_engine() {
    let mut page = Page::ready(Backend::Cpu);
    for study in 1..=3 {
        page.judge(study, WHOLE);
    }
    assert_eq!(page.take(), ["1: judge 1", "1: judge 2", "1: judge 3", "start 2"]);
    page.say(2, Response::Awake);
    page.judge(4, WHOLE);
    page.judge(5, WHOLE);
    page.say(2, Response::Read { study: 4, edit: WHOLE });
    assert_eq!(page.take(), ["2: read 4", "2: read 5", "1: judge what was read of 4"]);
    page.break_down(2);
    assert_eq!(page.take(), ["end 2", "1: judge 5"]);
    // There is no other for the rest of the visit.
    page.judge(6, WHOLE);
    assert_eq!(page.take(), ["1: judge 6"]);
}

#[test]
fn what_was_read_for_an_earlier_edit_is_not_judged() {
    let mut page = Page::ready(Backend::Cpu);
    for study in 1..=3 {
        page.judge(study, WHOLE);
    }
    page.say(2, Response::Awake);
    page.judge(4, WHOLE);
    page.judge(4, PART);
    page.take();
    page.say(2, Response::Read { study: 4, edit: WHOLE });
    assert_eq!(page.take(), [""; 0]);
    page.say(2, Response::Read { study: 4, edit: PART });
    assert_eq!(page.take(), ["1: judge what was read of 4"]);
    // The judging worker ends amid it: it is sent whole to the next one.
    page.explain(1, 1, WHOLE);
    page.explain(1, 2, WHOLE);
    page.explain(1, 3, WHOLE);
    page.take();
    page.tell(Event::Shown);
    page.wait(BACK_PATIENCE_MS + 1.0);
    assert_eq!(page.take(), ["end 2", "end 1", "start 3"]);
    page.wake(3, Backend::Cpu);
    assert_eq!(page.take(), ["3: start on Some(Cpu)", "awake", "3: judge 4p"]);
}

#[test]
fn the_reference_engine_reads_by_the_fast_ones_program_and_cannot_go_on_without() {
    let mut page = Page::open(Wanted { program: Program::Reference, ..Wanted::default() });
    assert_eq!(page.take(), ["start 1", "start 2 of burn"]);
    page.judge(1, WHOLE);
    page.say(1, Response::Awake);
    page.wake(2, Backend::Cpu);
    page.say(1, Response::Read { study: 1, edit: WHOLE });
    assert_eq!(page.take(), ["1: read 1", "2: start on None", "awake", "2: judge what was read of 1"]);
    page.break_down(1);
    assert_eq!(page.take(), ["forget program", "end 2", "end 1", "1 failed"]);
}

#[test]
fn a_check_ends_with_its_film_with_its_worker_and_with_silence() {
    let mut page = Page::ready(Backend::Cpu);
    let begin = |page: &mut Page| {
        page.tell(Event::Check(1, WHOLE));
        page.take()
    };
    assert_eq!(begin(&mut page), ["1: evidence of 1"]);
    // Another takes its place.
    assert_eq!(begin(&mut page), ["check of 1 ended", "1: evidence of 1"]);
    page.wait(PATIENCE_MS + 1.0);
    assert_eq!(page.take(), ["check of 1 failed"]);
    begin(&mut page);
    // The engine was started anew and holds no film.
    page.say(1, Response::Evidence { study: 1, edit: WHOLE, evidence: Vec::new() });
    assert_eq!(page.take(), ["1 forgotten"]);
    let maps = ClassMaps { width: 0, height: 0, values: Default::default() };
    // From here on a second worker runs, and ends with whatever ends the check.
    let evidence = Evidence { model: "net".into(), knee: 0, distance: 0.0, probabilities: [0.0; 3], maps };
    let run = |page: &mut Page, worker: WorkerId| {
        begin(page);
        page.say(1, Response::Evidence { study: 1, edit: WHOLE, evidence: vec![evidence.clone()] });
        assert_eq!(page.take(), [format!("start {worker} of burn")]);
    };
    run(&mut page, 2);
    page.wake(2, Backend::Cpu);
    assert_eq!(page.take(), ["2: start on None", "2: check 1"]);
    page.say(2, Response::Checked { study: 1, edit: WHOLE, difference: None });
    assert_eq!(page.take(), ["end 2", "1 checked"]);
    run(&mut page, 3);
    page.break_down(3);
    assert_eq!(page.take(), ["forget program", "end 3", "check of 1 lost"]);
    run(&mut page, 4);
    page.judge(1, PART);
    assert_eq!(page.take(), ["end 4", "1: judge 1p"]);
    page.say(4, Response::Checked { study: 1, edit: WHOLE, difference: None });
    assert_eq!(page.take(), [""; 0]);
}

#[test]
fn what_cannot_be_asked_now_is_told() {
    let mut page = Page::open(Wanted::default());
    page.take();
    page.tell(Event::Look(1, WHOLE, Window::Whole, "bytes"));
    page.tell(Event::Ask(Request::Traffic));
    assert_eq!(page.take(), ["1 not looked at"]);
}

#[test]
fn what_the_address_asks_in_vain_is_an_error_and_no_fallback() {
    let unknown = Error::Compute("the address asks for something else".into());
    let mut link = Link::<Names>::new(Err(unknown.clone()), stalled);
    link.on(Event::Begin, 0.0);
    assert_eq!(link.status, Status::Failed(unknown));
}
