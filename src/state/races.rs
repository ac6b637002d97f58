//! Orders in which files, answers and acts of the user may come.

use analysis::gate::Refusal;
use radiograph::Window;

use super::rehearsal::{OTHER_PART, PART, Page, WHOLE, gone};
use super::{AT_ONCE, Check, Effect, Event, KEPT, Source, Trouble};
use crate::protocol::{Response, StudyId};

#[test]
fn a_file_is_read_judged_explained_and_shown() {
    let mut page = Page::with_files(1);
    assert_eq!(page.take_asked(), (vec![(1, WHOLE)], vec![]));
    page.read(1, WHOLE);
    assert_eq!(page.take_asked(), (vec![], vec![(1, WHOLE)]));
    assert_eq!(page.state.shown, None);
    page.open(1, WHOLE);
    assert_eq!(page.state.shown, Some(1));
    page.judge(1, WHOLE);
    page.explain(1, WHOLE);
    page.paint(1, WHOLE);
    assert_eq!((page.stages(), page.study(1).overlay.is_some()), (vec!["judged"], true));
    let took: Vec<&str> = page
        .effects
        .iter()
        .filter_map(|one| if let Effect::Took(stage, _) = one { Some(*stage) } else { None })
        .collect();
    assert_eq!(took, ["decode", "total", "preprocess", "inference", "grad-cam"]);
}

#[test]
fn a_late_heat_map_of_an_earlier_part_is_not_shown() {
    let mut page = Page::with_files(1);
    page.finish(1, WHOLE);
    page.tell(Event::Edit(1, PART));
    assert!(page.study(1).overlay.is_none(), "the map of the whole stays over the part");
    // What the engine had in hand comes now.
    page.explain(1, WHOLE);
    page.paint(1, WHOLE);
    assert!(page.study(1).explained.is_none() && page.study(1).overlay.is_none());
    page.finish(1, PART);
    assert!(page.study(1).overlay.is_some());
}

#[test]
fn a_stale_answer_of_the_reader_changes_nothing() {
    let mut page = Page::with_files(1);
    page.read(1, WHOLE);
    page.tell(Event::Edit(1, PART));
    page.take_asked();
    // The file was read for the earlier edit, and opened for it.
    page.read(1, WHOLE);
    page.open(1, WHOLE);
    page.judge(1, WHOLE);
    page.fail(1, WHOLE);
    assert_eq!(page.take_asked(), (vec![], vec![]));
    assert_eq!((page.stages(), page.study(1).picture.is_some()), (vec!["working"], false));
}

#[test]
fn of_two_edits_in_haste_the_last_one_counts() {
    let mut page = Page::with_files(1);
    page.finish(1, WHOLE);
    page.take_asked();
    page.tell(Event::Edit(1, PART));
    page.tell(Event::Edit(1, OTHER_PART));
    page.read(1, PART);
    page.read(1, OTHER_PART);
    assert_eq!(page.take_asked().1, [(1, OTHER_PART)]);
    page.open(1, PART);
    page.open(1, OTHER_PART);
    page.judge(1, PART);
    assert_eq!(page.stages(), ["working"]);
    page.judge(1, OTHER_PART);
    assert_eq!(page.study(1).picture.as_ref().map(|picture| picture.opened.edit), Some(OTHER_PART));
    assert_eq!(page.stages(), ["judged"]);
}

#[test]
fn an_engine_that_is_replaced_amid_a_file_takes_its_maps_along_and_leaves_the_verdicts() {
    let mut page = Page::with_files(2);
    page.finish(1, WHOLE);
    page.read(2, WHOLE);
    page.open(2, WHOLE);
    page.tell(Event::Look(1, Window::Middle));
    page.say(Response::Awake);
    assert_eq!(page.stages(), ["judged", "working"]);
    assert!(page.study(1).overlay.is_none() && page.study(1).explained.is_none());
    assert_eq!(page.study(1).window, Window::Own, "a window that never comes is waited for");
    // The engine's link sends the second again: it comes anew from the start.
    page.open(2, WHOLE);
    page.judge(2, WHOLE);
    assert_eq!(page.stages(), ["judged", "judged"]);
}

#[test]
fn stop_leaves_what_is_half_read_and_begins_with_nothing_more() {
    let mut page = Page::with_files(AT_ONCE + 2);
    page.read(1, WHOLE);
    page.tell(Event::Stop);
    let begun = (1..=AT_ONCE + 2).map(|id| if id <= AT_ONCE { "working" } else { "stopped" });
    assert_eq!(page.stages(), begun.collect::<Vec<_>>());
    page.take_asked();
    // One was at the engine, one arrives from the disk only now.
    page.read(2, WHOLE);
    page.open(1, WHOLE);
    page.judge(1, WHOLE);
    page.explain(1, WHOLE);
    let (read, judged) = page.take_asked();
    assert_eq!((read, judged), (vec![], vec![(2, WHOLE)]), "a file that was stopped is begun with");
    // One of those that were stopped is asked for: stopped and begun again.
    let stopped = AT_ONCE as StudyId + 1;
    page.tell(Event::Show(stopped));
    assert_eq!(page.take_asked().0, [(stopped, WHOLE)]);
    page.finish(stopped, WHOLE);
    assert_eq!((page.state.shown, page.study(stopped).verdict_id()), (Some(stopped), Some("uncertain")));
}

#[test]
fn only_so_many_files_are_in_the_engines_hands() {
    let mut page = Page::with_files(AT_ONCE + 4);
    assert_eq!(page.take_asked().0.len(), AT_ONCE);
    let next = |by: StudyId| [(AT_ONCE as StudyId + by, WHOLE)];
    page.finish(1, WHOLE);
    assert_eq!(page.take_asked().0, next(1));
    page.fail(2, WHOLE);
    assert_eq!(page.take_asked().0, next(2));
    page.say(Response::Refused { study: 3, edit: WHOLE, reasons: vec![Refusal::Colour] });
    assert_eq!(page.take_asked().0, next(3));
    page.tell(Event::Remove(1));
    assert_eq!(page.take_asked().0, [], "it was judged already and makes no room");
    page.tell(Event::Remove(4));
    assert_eq!(page.take_asked().0, next(4));
}

#[test]
fn what_was_taken_off_the_page_never_comes_back() {
    let mut page = Page::with_files(2);
    page.finish(1, WHOLE);
    page.tell(Event::Remove(2));
    page.read(2, WHOLE);
    page.open(2, WHOLE);
    page.judge(2, WHOLE);
    page.fail(2, WHOLE);
    assert_eq!((page.state.all.len(), page.state.shown), (1, Some(1)));
    page.tell(Event::Clear);
    page.paint(1, WHOLE);
    page.judge(1, WHOLE);
    assert!(page.state.all.is_empty() && page.state.shown.is_none());
    let forgotten = page.effects.iter().filter(|effect| matches!(effect, Effect::Forget(_))).count();
    assert_eq!(forgotten, 2, "the engine holds them still");
    // Numbers are never used twice: a late answer cannot meet a new file.
    page.drop(1);
    assert_eq!(page.state.all[0].id, 3);
}

#[test]
fn an_edit_that_fails_leaves_the_result_before_it_and_is_not_tried_for_ever() {
    let mut page = Page::with_files(1);
    page.finish(1, WHOLE);
    page.tell(Event::Edit(1, PART));
    page.take_asked();
    page.fail(1, PART);
    assert_eq!(page.state.trouble, Some(Trouble::EditFailed(gone())));
    assert_eq!(page.take_asked().0, [(1, WHOLE)]);
    page.fail(1, WHOLE);
    assert_eq!((page.take_asked().0, page.stages()), (vec![], vec!["failed"]));
}

#[test]
fn a_file_that_cannot_be_read_fails_alone_and_makes_room() {
    let mut page = Page::with_files(AT_ONCE + 1);
    page.take_asked();
    page.tell(Event::Read(2, WHOLE, Err(gone()), None));
    let stages = (1..=AT_ONCE + 1).map(|id| if id == 2 { "failed" } else { "working" });
    assert_eq!(page.stages(), stages.collect::<Vec<_>>());
    assert_eq!(page.take_asked().0, [(AT_ONCE as StudyId + 1, WHOLE)]);
}

#[test]
fn what_fails_after_the_verdict_leaves_the_verdict() {
    let mut page = Page::with_files(1);
    page.read(1, WHOLE);
    page.open(1, WHOLE);
    page.judge(1, WHOLE);
    page.fail(1, WHOLE);
    assert_eq!(page.stages(), ["judged"]);
}

#[test]
fn of_files_that_came_together_the_first_film_is_shown_unless_somebody_chose() {
    let refuse = |page: &mut Page, study| {
        page.read(study, WHOLE);
        page.open(study, WHOLE);
        page.say(Response::Refused { study, edit: WHOLE, reasons: vec![Refusal::Colour] });
    };
    let mut page = Page::with_files(3);
    refuse(&mut page, 1);
    page.finish(2, WHOLE);
    page.finish(3, WHOLE);
    assert_eq!(page.state.shown, Some(2));
    let mut page = Page::with_files(3);
    refuse(&mut page, 1);
    page.tell(Event::Stay);
    page.finish(2, WHOLE);
    assert_eq!(page.state.shown, Some(1), "what the reader looks at is taken away");
    // The first may take longer than the others: it is waited for.
    let mut page = Page::with_files(2);
    page.read(1, WHOLE);
    page.open(1, WHOLE);
    page.finish(2, WHOLE);
    assert_eq!(page.state.shown, Some(1));
}

#[test]
fn old_pictures_go_and_come_back_when_they_are_asked_for() {
    let mut page = Page::with_files(KEPT + 3);
    for id in 1..=(KEPT + 3) as StudyId {
        page.finish(id, WHOLE);
    }
    assert!(page.study(1).picture.is_some(), "the one that is shown goes");
    let kept = page.state.all.iter().filter(|study| study.picture.is_some()).count();
    assert!(kept <= KEPT + 1, "{kept} pictures are kept");
    assert_eq!((page.study(2).picture.is_none(), page.study(2).verdict_id()), (true, Some("uncertain")));
    assert_eq!(page.study(2).person().age_years, Some(70), "what its file told of the person stays");
    page.take_asked();
    page.tell(Event::Show(2));
    assert_eq!(page.take_asked().0, [(2, WHOLE)]);
    page.finish(2, WHOLE);
    assert_eq!(page.state.shown, Some(2));
}

#[test]
fn a_check_of_an_earlier_edit_is_not_shown() {
    let mut page = Page::with_files(1);
    page.finish(1, WHOLE);
    page.tell(Event::Check(1));
    page.tell(Event::Edit(1, PART));
    page.tell(Event::Checked(1, WHOLE, Check::Lost("late".into())));
    assert!(page.study(1).check == Check::Idle);
    page.finish(1, PART);
    page.tell(Event::Check(1));
    page.take_asked();
    // The engine no longer holds the film: judged once more, it can be checked.
    page.tell(Event::Checked(1, PART, Check::Forgotten));
    assert_eq!(page.take_asked().0, [(1, PART)]);
    assert!(page.study(1).check == Check::Idle);
}

#[test]
fn a_window_that_comes_late_or_not_at_all_is_not_shown() {
    let mut page = Page::with_files(1);
    page.finish(1, WHOLE);
    page.tell(Event::Look(1, Window::Middle));
    page.tell(Event::Look(1, Window::Whole));
    page.say(Response::Looked { study: 1, edit: WHOLE, window: Window::Middle });
    assert_eq!(page.study(1).shown_window(), Window::Own);
    page.say(Response::Looked { study: 1, edit: WHOLE, window: Window::Whole });
    assert_eq!(page.study(1).shown_window(), Window::Whole);
    // The engine could not be asked.
    page.tell(Event::Look(1, Window::Own));
    assert_eq!((page.study(1).window, page.study(1).shown_window()), (Window::Own, Window::Own));
}

#[test]
fn a_sample_is_shown_at_once_and_leaves_a_batch_alone() {
    let mut page = Page::with_files(2);
    page.finish(1, WHOLE);
    page.tell(Event::Sample("sample-a.png"));
    assert!(matches!(page.study(3).source, Source::Sample("sample-a.png")));
    page.finish(3, WHOLE);
    page.finish(2, WHOLE);
    assert_eq!((page.state.shown, page.study(3).person().age_years), (Some(3), Some(30)));
}

#[test]
fn what_is_told_beside_a_result_goes_with_the_next_file() {
    let mut page = Page::default();
    page.drop(0);
    assert_eq!(page.state.trouble, Some(Trouble::NoFile));
    page.tell(Event::Came(Vec::new(), 3));
    assert_eq!(page.state.trouble, Some(Trouble::LeftOut(3)));
    page.drop(1);
    assert_eq!(page.state.trouble, None);
}
