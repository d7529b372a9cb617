//! Why there is nothing to add, in the user's language and with the models' names. The command line and the log have the
//! English of the reasons themselves.

use pounce_service::memory::Shortage;
use pounce_service::units::mb;
use pounce_service::{ModelId, Reason, Rejection, RejectionReason, SkipReason};

use crate::ui_language::UiLanguage;

/// Why a request has no text; `name` is what people call a model.
pub(super) fn reason(
    language: UiLanguage,
    reason: &Reason,
    name: &impl Fn(&ModelId) -> String,
) -> String {
    let text = match reason {
        // Why it was asked does not tell why there is nothing.
        Reason::Chose(id, _) | Reason::EmptyAnswer(id) => {
            return language.nothing_empty_answer(name(id));
        }
        Reason::Skipped(id, why) => return language.nothing_skipped(name(id), skip(language, why)),
        Reason::StillLoading(id) => return language.nothing_still_loading(name(id)),
        Reason::LoadFailed(id, why) => return language.nothing_load_failed(name(id), why),
        Reason::ModelFailed(id, why) => return language.nothing_model_failed(name(id), why),
        Reason::ModelCrashed(id) => return language.nothing_model_crashed(name(id)),
        Reason::DeadlineMissed(id) => return language.nothing_deadline_missed(name(id)),
        Reason::NoUsefulBoundary(id) => return language.nothing_no_useful_boundary(name(id)),
        Reason::Rejected(source, Rejection { reason, .. }) => {
            let why = rejection(language, *reason);
            return match source.model() {
                Some(id) => language.nothing_rejected(name(id), why),
                None => language.nothing_copy_rejected(why),
            };
        }
        Reason::QueueFull { capacity } => return language.nothing_queue_full(capacity),
        Reason::NoModel => language.nothing_no_model(),
        Reason::NothingToComplete => language.nothing_nothing_to_complete(),
        Reason::Superseded => language.nothing_superseded(),
        Reason::Cancelled => language.nothing_cancelled(),
        Reason::QueueTimedOut => language.nothing_queue_timed_out(),
        Reason::ShuttingDown => language.nothing_shutting_down(),
    };
    text.to_owned()
}

/// Why a model was not asked.
fn skip(language: UiLanguage, why: &SkipReason) -> String {
    let text = match why {
        SkipReason::DoesNotFit(shortage) => return does_not_fit(language, *shortage),
        SkipReason::TooSlow { needs, left } => {
            return language.nothing_skip_too_slow(left.as_millis(), needs.as_millis());
        }
        SkipReason::BreakerOpen => language.nothing_skip_breaker_open(),
        SkipReason::NotLoaded => language.nothing_skip_not_loaded(),
        SkipReason::Stuck => language.nothing_skip_stuck(),
        SkipReason::NotWorthIt { .. } => language.nothing_skip_not_worth_it(),
        SkipReason::NotInstalled => language.nothing_skip_not_installed(),
        SkipReason::StaysHere => language.nothing_skip_stays_here(),
    };
    text.to_owned()
}

/// Why a model does not fit into memory.
fn does_not_fit(language: UiLanguage, shortage: Shortage) -> String {
    match shortage {
        Shortage::Budget { needed, budget, held } => {
            language.nothing_skip_budget(mb(budget), mb(held), mb(needed))
        }
        Shortage::Machine { needed, available } => {
            language.nothing_skip_machine(mb(available), mb(needed))
        }
        Shortage::Pressure { needed } => language.nothing_skip_pressure(mb(needed)),
    }
}

/// Why an answer was not used.
pub(crate) fn rejection(language: UiLanguage, reason: RejectionReason) -> &'static str {
    match reason {
        RejectionReason::ControlCharacters => language.nothing_rejection_control_characters(),
        RejectionReason::NotCode => language.nothing_rejection_not_code(),
        RejectionReason::NameIsComplete => language.nothing_rejection_name_is_complete(),
        RejectionReason::OutOfScope => language.nothing_rejection_out_of_scope(),
        RejectionReason::LineIsComplete => language.nothing_rejection_line_is_complete(),
        RejectionReason::DataIsComplete => language.nothing_rejection_data_is_complete(),
        RejectionReason::LineGoesOn => language.nothing_rejection_line_goes_on(),
        RejectionReason::WordGoesOn => language.nothing_rejection_word_goes_on(),
        RejectionReason::NewLineBeforeRest => language.nothing_rejection_new_line_before_rest(),
        RejectionReason::LeftOpen => language.nothing_rejection_left_open(),
        RejectionReason::LineBelow => language.nothing_rejection_line_below(),
        RejectionReason::LineAbove => language.nothing_rejection_line_above(),
        RejectionReason::CodeBelow => language.nothing_rejection_code_below(),
        RejectionReason::BlockIsClosed => language.nothing_rejection_block_is_closed(),
        RejectionReason::WrittenTwice => language.nothing_rejection_written_twice(),
        RejectionReason::EndlessRow => language.nothing_rejection_endless_row(),
        RejectionReason::OnlyIndentation => language.nothing_rejection_only_indentation(),
        RejectionReason::FitsNoBlock => language.nothing_rejection_fits_no_block(),
        RejectionReason::BreaksSyntax => language.nothing_rejection_breaks_syntax(),
        RejectionReason::OnlyBlanks => language.nothing_rejection_only_blanks(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pounce_service::CompletionSource;

    use super::*;

    const REJECTIONS: [RejectionReason; 20] = [
        RejectionReason::ControlCharacters,
        RejectionReason::NotCode,
        RejectionReason::NameIsComplete,
        RejectionReason::OutOfScope,
        RejectionReason::LineIsComplete,
        RejectionReason::DataIsComplete,
        RejectionReason::LineGoesOn,
        RejectionReason::WordGoesOn,
        RejectionReason::NewLineBeforeRest,
        RejectionReason::LeftOpen,
        RejectionReason::LineBelow,
        RejectionReason::LineAbove,
        RejectionReason::CodeBelow,
        RejectionReason::BlockIsClosed,
        RejectionReason::WrittenTwice,
        RejectionReason::EndlessRow,
        RejectionReason::OnlyIndentation,
        RejectionReason::FitsNoBlock,
        RejectionReason::BreaksSyntax,
        RejectionReason::OnlyBlanks,
    ];

    fn in_english(why: &Reason) -> String {
        reason(UiLanguage::En, why, &ModelId::to_string)
    }

    #[test]
    fn in_english_the_reasons_are_those_of_the_command_line() {
        const MB: u64 = 1 << 20;
        let id = || ModelId::from("small");
        let skips = [
            SkipReason::BreakerOpen,
            SkipReason::NotLoaded,
            SkipReason::DoesNotFit(Shortage::Budget { needed: 3 * MB, budget: 2 * MB, held: MB }),
            SkipReason::DoesNotFit(Shortage::Machine { needed: 3 * MB, available: 2 * MB }),
            SkipReason::DoesNotFit(Shortage::Pressure { needed: 3 * MB }),
            SkipReason::Stuck,
            SkipReason::TooSlow {
                needs: Duration::from_millis(70),
                left: Duration::from_millis(20),
            },
            SkipReason::NotInstalled,
            SkipReason::StaysHere,
        ];
        let others = [
            Reason::NoModel,
            Reason::NothingToComplete,
            Reason::StillLoading(id()),
            Reason::LoadFailed(id(), "it is gone".into()),
            Reason::ModelFailed(id(), "it is gone".into()),
            Reason::ModelCrashed(id()),
            Reason::DeadlineMissed(id()),
            Reason::NoUsefulBoundary(id()),
            Reason::EmptyAnswer(id()),
            Reason::Superseded,
            Reason::Cancelled,
            Reason::QueueFull { capacity: 3 },
            Reason::QueueTimedOut,
            Reason::ShuttingDown,
        ];
        let rejected = |source: CompletionSource| {
            let rejection = |reason| Rejection { filter: "scope", reason, is_complete: false };
            REJECTIONS.map(|reason| Reason::Rejected(source.clone(), rejection(reason)))
        };
        let skipped = skips.map(|why| Reason::Skipped(id(), why));
        let by_filters =
            [CompletionSource::Model(id()), CompletionSource::Copy].into_iter().flat_map(rejected);
        for why in others.into_iter().chain(skipped).chain(by_filters) {
            assert_eq!(in_english(&why), why.to_string());
        }
    }

    #[test]
    fn a_model_has_the_name_that_people_know() {
        let named = |_: &ModelId| "Qwen2.5 Coder".to_owned();
        let why = Reason::EmptyAnswer("qwen2.5-coder-0.5b".into());
        let text = reason(UiLanguage::De, &why, &named);
        assert_eq!(text, "Qwen2.5 Coder hatte nichts zu ergänzen");
    }
}
