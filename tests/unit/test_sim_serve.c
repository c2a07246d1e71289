/*
 * The parts of firn-sim serve that need neither network nor time: what a
 * record is, when it comes, how blobs are cut, which faults strike.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/rsa.h>

#include "../../sim/serve_content.h"
#include "../../sim/serve_delay.h"
#include "../../sim/serve_form.h"
#include "../../sim/serve_jwt.h"

#define SECOND_US INT64_C(1000000)
#define NOW_US    (INT64_C(1795816332) * SECOND_US)

/* --- content types --- */

static void
sorts_records_by_type(void **state)
{
	static const struct {
		const char *workload;
		int type;
		enum content_type in;
	} cases[] = {
	    {"Exchange", 1, CONTENT_EXCHANGE},
	    {"Exchange", 50, CONTENT_EXCHANGE},
	    {"OneDrive", 6, CONTENT_SHAREPOINT},
	    {"SharePoint", 14, CONTENT_SHAREPOINT},
	    {"AzureActiveDirectory", 8, CONTENT_ENTRA},
	    {"AzureActiveDirectory", 15, CONTENT_ENTRA},
	    {"MicrosoftTeams", 25, CONTENT_GENERAL},
	    {"SecurityComplianceCenter", 40, CONTENT_GENERAL},
	    {"Exchange", 13, CONTENT_DLP},
	    {"Exchange", 9999, CONTENT_EXCHANGE},
	    {"OneDrive", 9999, CONTENT_SHAREPOINT},
	    {"AzureActiveDirectory", 9999, CONTENT_ENTRA},
	    {"", 9999, CONTENT_GENERAL},
	};
	enum content_type type;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(content_type_of(cases[i].type,
		                     slice_cstr(cases[i].workload)),
		    cases[i].in);
	for (int t = 0; t < CONTENT_TYPES; t++) {
		struct slice name =
		    slice_cstr(content_type_name((enum content_type)t));

		assert_true(content_type_parse(name, &type));
		assert_int_equal(type, t);
	}
	assert_false(content_type_parse(SLICE("audit.exchange"), &type));
}

static void
names_blobs(void **state)
{
	char id[CONTENT_ID_MAX], other[CONTENT_ID_MAX];
	enum content_type type;
	uint32_t seq;

	(void)state;
	for (int t = 0; t < CONTENT_TYPES; t++) {
		struct content_name name = {
		    3, (enum content_type)t, NOW_US, 12345};

		content_id(id, &name);
		assert_true(content_id_parse(slice_cstr(id), &type, &seq));
		assert_int_equal(type, t);
		assert_int_equal(seq, 12345);
		name.tenant++;
		content_id(other, &name);
		assert_string_not_equal(id, other);
	}
	assert_memory_equal(id, "20261127215212000012345$", 24);
	assert_false(content_id_parse(SLICE(""), &type, &seq));
	assert_false(content_id_parse(slice_of(id, 30), &type, &seq));
}

/* --- delays --- */

static double
share_between(
    const struct delay *delay, enum delay_kind kind, double from_s, double to_s)
{
	struct rng rng = {7};
	unsigned n = 0;

	for (unsigned i = 0; i < 20000; i++) {
		double s = (double)delay_draw(delay, kind, &rng) / 1e6;

		n += s >= from_s && s <= to_s;
	}
	return n / 20000.0;
}

static void
delays_as_the_suite_does(void **state)
{
	struct delay delay;
	struct err err;

	(void)state;
	assert_int_equal(delay_parse("real", &delay, NULL), 0);
	assert_true(share_between(&delay, DELAY_CONTENT, 3600, 5400) > 0.8);
	assert_true(share_between(&delay, DELAY_DIRECTORY, 120, 900) > 0.85);
	assert_true(
	    share_between(&delay, DELAY_CONTENT, 86400, 432000) > 0.001);
	assert_true(share_between(&delay, DELAY_HUB, 0, 300) > 0.95);
	assert_int_equal(delay_parse("0.01", &delay, NULL), 0);
	assert_true(share_between(&delay, DELAY_CONTENT, 36, 54) > 0.8);
	assert_int_equal(delay_parse("none", &delay, NULL), 0);
	assert_true(share_between(&delay, DELAY_CONTENT, 0, 1) >= 1);
	assert_int_equal(delay_parse("soon", &delay, &err), -1);
	assert_int_equal(delay_parse("", &delay, &err), -1);
	assert_int_equal(delay_parse("nan", &delay, &err), -1);
}

/* --- faults --- */

static const struct fault *
strike(struct serve_faults *faults, enum fault_kind kind, int type, int64_t s)
{
	const struct fault_target target = {0, type, "activity", FAULT_ON_BLOB};

	return serve_faults_strike(
	    faults, kind, &target, NOW_US + s * SECOND_US);
}

static void
strikes_where_and_when_it_should(void **state)
{
	struct serve_faults *faults = serve_faults_new(1);
	unsigned struck = 0;

	(void)state;
	assert_int_equal(
	    serve_faults_add(faults,
	        SLICE("- {fault: slow, from: 5, for: 10, rate: 77}\n"
	              "- {fault: cut, type: Audit.Exchange, share: 0.25}\n"
	              "- {fault: throttle, on: [list, token]}\n"
	              "- {fault: missing, tenant: 1}\n"
	              "- {fault: late, path: graph}\n"
	              "- {fault: huge}\n"),
	        NOW_US, NULL),
	    0);
	assert_null(strike(faults, FAULT_SLOW, -1, 4));
	assert_int_equal(strike(faults, FAULT_SLOW, -1, 5)->rate, 77);
	assert_null(strike(faults, FAULT_SLOW, -1, 15));
	assert_null(strike(faults, FAULT_CUT, CONTENT_GENERAL, 1));
	for (int i = 0; i < 4000; i++)
		struck +=
		    strike(faults, FAULT_CUT, CONTENT_EXCHANGE, 1) != NULL;
	assert_in_range(struck, 800, 1200);
	assert_null(strike(faults, FAULT_THROTTLE, -1, 1));
	assert_null(strike(faults, FAULT_MISSING, -1, 1));
	assert_null(strike(faults, FAULT_LATE, -1, 1));
	assert_int_equal(strike(faults, FAULT_HUGE, -1, 1)->bytes, 60 << 20);
	assert_null(strike(faults, FAULT_HUGE, -1, 1));
	serve_faults_heal(faults, NOW_US + 7 * SECOND_US);
	assert_non_null(strike(faults, FAULT_SLOW, -1, 6));
	assert_null(strike(faults, FAULT_SLOW, -1, 8));
	serve_faults_free(faults);
}

/* What is wrong leaves what was there as it was. */
static void
takes_all_faults_or_none(void **state)
{
	struct serve_faults *faults = serve_faults_new(1);
	struct buf before = {0}, after = {0};
	struct err err;

	(void)state;
	serve_faults_add(faults, SLICE("[{fault: slow}]"), NOW_US, NULL);
	serve_faults_write(faults, &before, "\n");
	assert_int_equal(
	    serve_faults_add(faults,
	        SLICE("[{fault: cut}, {fault: slow, x: 1}]"), NOW_US, &err),
	    -1);
	assert_non_null(strstr(err.msg, "1:30"));
	serve_faults_write(faults, &after, "\n");
	assert_true(slice_eq(buf_slice(&before), buf_slice(&after)));
	assert_int_equal(serve_faults_add(faults, SLICE(""), NOW_US, &err), 0);
	buf_release(&before);
	buf_release(&after);
	serve_faults_free(faults);
}

/* --- forms and tokens --- */

static void
reads_forms(void **state)
{
	struct arena arena = {0};
	struct form form;

	(void)state;
	form_read(&form, &arena, SLICE("a=1&b=x%20y+z&&c&=d&A=2&e=%zz%4"));
	assert_int_equal(form.n, 6);
	assert_string_equal(form_get(&form, "a").ptr, "1");
	assert_string_equal(form_get(&form, "B").ptr, "x y z");
	assert_int_equal(form_get(&form, "c").len, 0);
	assert_string_equal(form_get(&form, "e").ptr, "%zz%4");
	assert_null(form_get(&form, "f").ptr);
	arena_release(&arena);
}

static void
signs_tokens(void **state)
{
	EVP_PKEY *key = EVP_RSA_gen(2048), *other = EVP_RSA_gen(2048);
	struct jwt_json *json = jwt_json_new();
	struct buf token = {0};
	struct jwt jwt;
	int64_t n = 0;

	(void)state;
	jwt_write(&token, key, SLICE("{\"alg\":\"RS256\"}"),
	    SLICE("{\"n\":12,\"s\":\"text\"}"));
	assert_true(jwt_read(buf_slice(&token), &jwt));
	assert_true(jwt_verify(&jwt, key));
	assert_false(jwt_verify(&jwt, other));
	assert_true(jwt_json_read(json, &jwt.payload));
	assert_true(jwt_i64(json, "n", &n));
	assert_int_equal(n, 12);
	assert_true(slice_eq(jwt_str(json, "s"), SLICE("text")));
	assert_int_equal(jwt_str(json, "t").len, 0);
	jwt_release(&jwt);
	token.ptr[30] = token.ptr[30] == 'A' ? 'B' : 'A';
	if (jwt_read(buf_slice(&token), &jwt))
		assert_false(jwt_verify(&jwt, key));
	jwt_release(&jwt);
	assert_false(jwt_read(SLICE("a.b"), &jwt));
	jwt_release(&jwt);
	jwt_json_free(json);
	buf_release(&token);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

/* --- blobs --- */

struct fixture {
	char dir[32], truth[64];
	struct serve_faults *faults;
	struct serve_truth *file;
	struct spool *records, *blobs;
	struct content *content;
	unsigned done;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "/tmp/firn-sim-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->truth, sizeof(f->truth), "%s/truth.ndjson", f->dir);
	f->faults = serve_faults_new(1);
	f->file = truth_open(f->dir, NULL);
	f->records = spool_new(f->dir);
	f->blobs = spool_new(f->dir);
	f->content = content_new(&(struct content_plan){
	    .spool = f->blobs,
	    .faults = f->faults,
	    .truth = f->file,
	    .seed = 1,
	    .keep_us = 3600 * SECOND_US,
	    .blob_records = 10,
	});
	*state = f;
	return 0;
}

static void
done(void *ctx, struct serve_event *event)
{
	struct fixture *f = ctx;

	f->done++;
	spool_drop(f->records, event->bytes);
	free(event);
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	content_free(f->content, done, f);
	assert_int_equal(truth_close(f->file, NULL), 0);
	spool_free(f->records);
	spool_free(f->blobs);
	serve_faults_free(f->faults);
	unlink(f->truth);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static void
put(struct fixture *f, unsigned n)
{
	char text[32];

	for (unsigned i = 0; i < n; i++) {
		const struct sim_record record = {.stream = STREAM_AUDIT};
		struct serve_event *event = event_new(&record, 1);
		int len = snprintf(text, sizeof(text), "{\"n\":%u}", i);

		event->type = CONTENT_EXCHANGE;
		assert_int_equal(
		    spool_put(f->records, slice_of(text, (size_t)len),
		        &event->bytes, NULL),
		    0);
		content_put(f->content, event);
	}
}

static void
cut(struct fixture *f, int64_t s)
{
	assert_int_equal(
	    content_cut(f->content, NOW_US + s * SECOND_US, done, f, NULL), 0);
}

static size_t
list(struct fixture *f, int64_t from_s, int64_t to_s,
    const struct content_blob **out)
{
	uint32_t more;

	return content_list(f->content,
	    &(struct content_range){
	        .type = CONTENT_EXCHANGE,
	        .start_us = NOW_US + from_s * SECOND_US,
	        .end_us = NOW_US + to_s * SECOND_US,
	        .max = 1000,
	    },
	    out, &more);
}

static void
cuts_blobs(void **state)
{
	const struct content_blob *blobs[1000];
	struct fixture *f = *state;
	bool seen[200] = {false};
	size_t n, records = 0;

	put(f, 200);
	assert_int_equal(content_waiting(f->content), 200);
	cut(f, 0);
	assert_int_equal(content_waiting(f->content), 0);
	assert_int_equal(f->done, 200);
	n = list(f, 0, 1, blobs);
	assert_in_range(n, 20, 100);
	for (size_t i = 0; i < n; i++) {
		struct slice rest = spool_get(blobs[i]->bytes);

		assert_in_range(blobs[i]->records, 1, 10);
		records += blobs[i]->records;
		assert_int_equal(rest.ptr[0], '[');
		assert_int_equal(rest.ptr[rest.len - 1], ']');
		for (uint32_t k = 0; k < blobs[i]->records; k++) {
			struct slice one = slice_cut(&rest, '}');
			unsigned number = (unsigned)strtoul(
			    one.ptr + strlen("[{\"n\":"), NULL, 10);

			assert_in_range(number, 0, 199);
			assert_false(seen[number]);
			seen[number] = true;
		}
	}
	assert_int_equal(records, 200);
	/* not again so soon */
	put(f, 1);
	assert_int_equal(
	    content_cut(f->content, NOW_US + 1000, done, f, NULL), 0);
	assert_int_equal(content_waiting(f->content), 1);
	cut(f, 1);
	assert_int_equal(list(f, 0, 1, blobs), n);
	assert_int_equal(list(f, 1, 2, blobs), 1);
}

static void
finds_blobs_until_they_expire(void **state)
{
	const struct content_blob *blobs[1000];
	char id[CONTENT_ID_MAX];
	struct fixture *f = *state;
	struct content_blob *blob;
	enum content_type type;
	struct buf out = {0};

	put(f, 5);
	cut(f, 0);
	assert_true(list(f, 0, 1, blobs) > 0);
	content_id(id, &(struct content_name){
	                   0, CONTENT_EXCHANGE, blobs[0]->created_us, 1});
	assert_int_equal(content_find(f->content, slice_cstr(id), &type, &blob),
	    CONTENT_HERE);
	content_serve(f->content, type, blob, &out);
	assert_true(slice_eq(buf_slice(&out), spool_get(blobs[0]->bytes)));
	buf_release(&out);
	cut(f, 3599);
	assert_int_equal(content_find(f->content, slice_cstr(id), &type, &blob),
	    CONTENT_HERE);
	cut(f, 3600);
	assert_int_equal(content_find(f->content, slice_cstr(id), &type, &blob),
	    CONTENT_EXPIRED);
	assert_int_equal(list(f, 0, 1, blobs), 0);
	id[15] = '1';
	assert_int_equal(content_find(f->content, slice_cstr(id), &type, &blob),
	    CONTENT_UNKNOWN);
	assert_int_equal(
	    content_find(f->content, SLICE("x"), &type, &blob), CONTENT_BAD_ID);
}

static void
loses_what_comes_while_stopped(void **state)
{
	const struct content_blob *blobs[1000];
	struct fixture *f = *state;

	content_subscribe(f->content, CONTENT_EXCHANGE, SUBSCRIPTION_STOPPED);
	put(f, 5);
	cut(f, 0);
	assert_int_equal(list(f, 0, 1, blobs), 0);
	content_subscribe(f->content, CONTENT_EXCHANGE, SUBSCRIPTION_ENABLED);
	put(f, 5);
	cut(f, 1);
	assert_true(list(f, 0, 2, blobs) > 0);
}

static void
keeps_bytes(void **state)
{
	struct fixture *f = *state;
	struct spool_at at[100], huge;
	static char large[3 << 20];
	char *whole = malloc(40 << 20);

	assert_non_null(whole);
	memset(whole, 'w', 40 << 20);
	for (unsigned i = 0; i < 100; i++) {
		memset(large, (int)('a' + i % 26), sizeof(large));
		assert_int_equal(
		    spool_put(f->records, slice_of(large, (size_t)i * 30000),
		        &at[i], NULL),
		    0);
	}
	assert_int_equal(
	    spool_put(f->records, slice_of(whole, 40 << 20), &huge, NULL), 0);
	assert_true(slice_eq(spool_get(huge), slice_of(whole, 40 << 20)));
	for (unsigned i = 0; i < 100; i++) {
		struct slice bytes = spool_get(at[i]);

		memset(large, (int)('a' + i % 26), sizeof(large));
		assert_true(
		    slice_eq(bytes, slice_of(large, (size_t)i * 30000)));
		spool_drop(f->records, at[i]);
	}
	spool_drop(f->records, huge);
	/* only where the next bytes go is still there */
	assert_true(spool_size(f->records) <= 40 << 20);
	free(whole);
}

#define WITH_CONTENT(test)                                                     \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sorts_records_by_type),
	    cmocka_unit_test(names_blobs),
	    cmocka_unit_test(delays_as_the_suite_does),
	    cmocka_unit_test(strikes_where_and_when_it_should),
	    cmocka_unit_test(takes_all_faults_or_none),
	    cmocka_unit_test(reads_forms),
	    cmocka_unit_test(signs_tokens),
	    WITH_CONTENT(cuts_blobs),
	    WITH_CONTENT(finds_blobs_until_they_expire),
	    WITH_CONTENT(loses_what_comes_while_stopped),
	    WITH_CONTENT(keeps_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
