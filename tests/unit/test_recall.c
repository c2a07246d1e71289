#include "pipeline_recall.h"

#include "ledger_seal.h"

#define SEGMENT_RECORDS UINT64_C(16)

static int
setup(void **state)
{
	struct ledger_case *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	case_create(c);
	case_fill(c);
	*state = c;
	return 0;
}

static int
teardown(void **state)
{
	case_end(*state);
	free(*state);
	return 0;
}

static void
add(struct recall *recall, struct view *view, const uint64_t *list, size_t n)
{
	struct set set = {0};
	struct err err = {0};

	for (size_t i = 0; i < n; i++)
		assert_true(set_add(&set, list[i]));
	if (recall_add(recall, view, &set, &err))
		fail_msg("%s", err.msg);
	set_release(&set);
}

/* Found as the view has it, or not at all. */
static bool
knows(const struct recall *recall, struct view *view, uint64_t index)
{
	struct stream stream, read_stream;
	struct frame frame, read_frame;
	struct err err = {0};

	if (!recall_find(recall, view, index, &frame, &stream))
		return false;
	if (view_record(view, index, &read_frame, &read_stream, &err))
		fail_msg("%s", err.msg);
	assert_true(slice_eq(frame.raw, read_frame.raw));
	assert_true(slice_eq(frame.text, read_frame.text));
	assert_true(slice_eq(stream.source, read_stream.source));
	assert_true(slice_eq(stream.tenant, read_stream.tenant));
	assert_int_equal(frame.received_us, read_frame.received_us);
	assert_int_equal(frame.delivery, read_frame.delivery);
	assert_int_equal(frame.erased, read_frame.erased);
	return true;
}

static void
test_what_is_sealed_is_known(void **state)
{
	static const uint64_t some[] = {5, 0, 17}, more[] = {17, 3, 18};
	const struct ledger_case *c = *state;
	struct recall *recall = recall_new();
	struct view *view = case_view(c);
	uint64_t size = view_tree(view)->size;

	assert_true(size > 2 * SEGMENT_RECORDS);
	/* What is not sealed is read faster. */
	add(recall, view, some, 3);
	assert_false(knows(recall, view, 5));
	view_close(view);
	case_seal(c, SEGMENT_RECORDS);
	view = case_view(c);
	assert_false(knows(recall, view, 5));
	add(recall, view, some, 3);
	add(recall, view, more, 3);
	add(recall, view, more, 0);
	for (uint64_t i = 0; i < size; i++)
		assert_int_equal(knows(recall, view, i),
		    i == 0 || i == 3 || i == 5 || i == 17 || i == 18);
	view_close(view);
	recall_free(recall);
	recall_free(NULL);
}

/* As it is when records are erased, or segments merged. */
static void
test_what_is_written_anew_is_not(void **state)
{
	static const uint64_t some[] = {5, 17, 2 * SEGMENT_RECORDS};
	const struct ledger_case *c = *state;
	struct segment both = {.end = 2 * SEGMENT_RECORDS};
	struct recall *recall = recall_new();
	struct seals *seals;
	struct view *view;
	struct err err = {0};

	case_seal(c, SEGMENT_RECORDS);
	view = case_view(c);
	add(recall, view, some, 3);
	view_close(view);
	seals = case_seals(c);
	memcpy(both.day, seals_manifest(seals)->list[0].day, sizeof(both.day));
	case_make_segment(c, seals_folder(seals), &both);
	if (seals_replace(seals, 0, 2, &both, &err))
		fail_msg("%s", err.msg);
	seals_close(seals);
	view = case_view(c);
	assert_false(knows(recall, view, 5));
	assert_false(knows(recall, view, 17));
	assert_true(knows(recall, view, 2 * SEGMENT_RECORDS));
	add(recall, view, some, 2);
	for (size_t i = 0; i < 3; i++)
		assert_true(knows(recall, view, some[i]));
	view_close(view);
	recall_free(recall);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
	        test_what_is_sealed_is_known, setup, teardown),
	    cmocka_unit_test_setup_teardown(
	        test_what_is_written_anew_is_not, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
