//! The words of one language, each under its name, and how values are put into them.

/// The text with `{0}`, `{1}` and so on replaced by the values.
pub fn fill<Value: Into<String>>(template: &str, values: impl IntoIterator<Item = Value>) -> String {
    filled(template, &values.into_iter().map(Into::into).collect::<Vec<String>>())
}

/// The same for all kinds of values, which is in the program once.
fn filled(template: &str, values: &[String]) -> String {
    let mut parts = template.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let place = part.split_once('}').and_then(|(at, rest)| Some((values.get(at.parse::<usize>().ok()?)?, rest)));
        match place {
            Some((value, rest)) => filled.extend([value.as_str(), rest]),
            None => filled.extend(["{", part]),
        }
    }
    filled
}

macro_rules! words {
    ($($field:ident,)*) => {
        /// The words of one language.
        #[derive(Clone, Copy)]
        #[allow(missing_docs, reason = "the English text says what each is")]
        pub struct Words {
            $(pub $field: &'static str,)*
            /// The texts of the model card, which it holds in English: their names, and what they are in this language.
            pub card: &'static [(&'static str, &'static str)],
        }

        /// The names, with a blank behind each.
        // One text: as a list of texts they are 2 kB more of the page.
        const NAMES: &str = concat!($(stringify!($field), " "),*);

        /// One after the other.
        pub(super) fn names() -> impl Iterator<Item = &'static str> {
            NAMES.split_terminator(' ')
        }

        impl Words {
            /// Has `fill` put a word into each place, in the order of [`names`].
            // In place, and not inlined: 400 values in locals were 13 kB of code.
            #[inline(never)]
            pub(super) fn each(&mut self, fill: &mut impl FnMut(&mut &'static str)) {
                $(fill(&mut self.$field);)*
            }

            /// In the order above.
            #[cfg(test)]
            pub(super) fn all(&self) -> Vec<&'static str> {
                vec![$(self.$field),*]
            }

            /// A text of the model card; English where it is not translated.
            pub fn card<'a>(&self, name: &str, english: &'a str) -> &'a str {
                self.card.iter().find(|(known, _)| *known == name).map_or(english, |(_, text)| text)
            }
        }
    };
}

words! {
    tagline, privacy, privacy_detail, limits, about_code, about_licence, about_citation, about_hosting, language, language_failed, patient_view, clinician_view, view_label, radiograph, result, skip,
    drop_title, drop_hint, drop_more, choose, choose_folder, camera, another, release, samples_title, samples_note, sample_a, sample_b, sample_c, sample_d, sample_age, sample_refused,
    notice_title, notice_research, notice_weak, notice_treatment, notice_accept,
    working, dismiss, close, results, files_failed, no_file,
    normal, osteopenia, osteoporosis, normal_title, normal_meaning, normal_next, osteopenia_title, osteopenia_meaning, osteopenia_next, osteoporosis_title, osteoporosis_meaning, osteoporosis_next, uncertain_title, uncertain_meaning, uncertain_next, refused_title, refused_meaning, refused_next, error_title, not_known, not_all_known, unknown_next, not_read, next_step,
    fault_empty, fault_cut_off, fault_damaged, fault_bytes, fault_pixels, fault_part, fault_foreign, fault_modality, fault_no_picture, fault_directory, fault_packing, fault_depth, foreign_pdf, foreign_heic, foreign_video, foreign_gif, foreign_svg, foreign_zip, foreign_text, foreign_picture, foreign_unknown, modality_ct, modality_mr, modality_us, modality_nm, modality_mg, modality_sr, modality_doc, modality_pr, modality_other, error_weights, error_compute,
    refusal_too_small, refusal_colour, refusal_blank, refusal_not_a_knee, refusal_inverted, refusal_sideways, refusal_upside_down, refusal_drawing, refusal_askew, refusal_looks_like, part_hand, part_arm, part_shoulder, part_chest, part_spine, part_hip, part_foot, part_head, adjust_invert, adjust_turn_left, adjust_turn_right, adjust_turn_over,
    probabilities, combined, rule, zone, zone_never, equal_thirds, no_class, knee_only, knee_left, knee_right,
    heatmap_show, heatmap_caption, heatmap_of_picture, heatmap_empty, heatmap_border, heat_place, heat_top, heat_middle, heat_bottom, heat_left, heat_centre, heat_right, heatmap_strength, heatmap_class, heatmap_model, heatmap_colours, legend_low, legend_high,
    viewer_tools, zoom_in, zoom_out, brightness, contrast, invert, turn_left, turn_right, mirror, reset_view, drag_levels, side_by_side, view_only, window, window_own, window_nth, window_whole, window_middle, frame, frame_of, crop, crop_apply, crop_cancel, crop_undo, crop_hint, crop_too_small, straighten, straighten_show, straighten_hint, straighten_corner, straighten_apply, model_input, keys_title, keys_open, keys_zoom, keys_pan, keys_window, keys_contrast, keys_invert, keys_turn, keys_mirror, keys_reset, keys_heatmap, keys_measure, keys_help,
    measure_length, measure_angle, measure_hint_length, measure_hint_angle, measure_hint_keys, measure_remove, measured_title, list_next, measured_length, measured_angle, unit_mm, unit_px, unit_degrees, spacing_person, spacing_detector, spacing_film, spacing_untold, spacing_none,
    quality_title, quality_size_good, quality_size_poor, quality_exposure_good, quality_exposure_poor, quality_sharpness_good, quality_sharpness_poor, quality_knees_one, quality_knees_two, quality_knees_none, quality_knees_part, quality_tinted,
    notes_title, note_table_unusable, note_table_depth, note_window_unusable, note_rescale_unusable, note_polarity_contradiction, note_polarity_unknown, note_shutter, note_shutter_unusable, note_stretched, note_aspect_unusable, note_sign_contradiction, note_packing_contradiction, note_page, note_transparent, remark_metal, remark_side,
    details, detail_file, detail_knees, detail_processor, detail_durations, detail_durations_value, detail_view, detail_side, detail_body_part, detail_modality, copy_diagnostics, copied, not_copied,
    check_engine, check_note, check_running, check_agrees, check_differs, check_incomparable, check_advice, check_lost, check_failed,
    clinical_form_title, clinical_form_note, first_questions_note, from_file, age_normal_title, age_osteopenia_title, age_osteoporosis_title, age_open_next, age_meaning, age_open, age_possible, age_and_picture, worth_right, worth_ill, worth_elsewhere, worth_there, clinical_age, clinical_sex, clinical_woman, clinical_man, clinical_weight, clinical_kilograms, clinical_pounds, clinical_height, clinical_centimetres, clinical_feet, clinical_inches, clinical_feet_inches, clinical_menopause, clinical_fracture, clinical_parent, clinical_cortisone, clinical_range, clinical_years, clinical_without_picture, clinical_with_picture, clinical_why, clinical_only_age, clinical_ost, clinical_ost_low, clinical_ost_high, clinical_bmi, reasons_title, reasons_none, reasons_open, reasons_note, reason_age, reason_fracture, reason_cortisone, reason_weight, reason_parent, reason_menopause,
    report_title, report_print, report_picture, picture_not_saved, report_data, report_date, report_hash, report_original, report_overlay, report_warning, report_limits,
    batch_title, batch_picture, batch_file, batch_verdict, batch_remark, batch_filter, batch_all, batch_cancel, batch_csv, batch_json, batch_names, batch_stop_ask, batch_clear, batch_waiting, batch_cancelled, batch_progress, folder_left_out, history_title, history_keep, history_note, history_clear, files_one, files_two, files_few, files_many, files_other,
    traffic_title, traffic_intro, traffic_sum, traffic_others, traffic_foreign, traffic_kept,
    offline_ready, offline_stored, offline_remove, offline_keep, update_there, update_take,
    engine_loading, engine_starting, engine_failed, loading_stop, loading_again, loading_stopped, running_on_gpu, running_on_cpu, reference_engine, restarted, fallback, no_webgpu, no_adapter, software_adapter, slower_adapter, silent_adapter, not_opened, stalled, megabytes,
    scores_title, called, confusion_caption, reliability_axis, reliability_caption,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_where_the_text_says() {
        assert_eq!(fill("{1} of {0}, {1}", ["a", "b"]), "b of a, b");
    }
}
