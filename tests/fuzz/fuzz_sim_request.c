#include <openssl/rsa.h>
#include <stdlib.h>

#include "../../sim/serve_event.h"
#include "../../sim/serve_fault.h"
#include "../../sim/serve_form.h"
#include "../../sim/serve_jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7 does not give back a quoted text that it refuses midway. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libfyaml\n";
}

/* What was decoded and encoded again decodes to the same fields. */
static void
check_form(struct slice text)
{
	struct arena arena = {0};
	struct form form, again;
	struct buf out = {0};

	form_read(&form, &arena, text);
	for (size_t i = 0; i < form.n; i++) {
		buf_str(&out, i ? "&" : "");
		form_add(&out, form.fields[i].name);
		buf_char(&out, '=');
		form_add(&out, form.fields[i].value);
	}
	form_read(&again, &arena, buf_slice(&out));
	if (again.n != form.n)
		abort();
	for (size_t i = 0; i < form.n; i++)
		if (!slice_eq(again.fields[i].name, form.fields[i].name) ||
		    !slice_eq(again.fields[i].value, form.fields[i].value))
			abort();
	buf_release(&out);
	arena_release(&arena);
}

/* A token has one text; nobody else's signature is good. */
static void
check_token(struct slice text, EVP_PKEY *key)
{
	struct jwt_json *json = jwt_json_new();
	struct buf out = {0};
	struct jwt jwt;
	int64_t n;

	if (jwt_read(text, &jwt)) {
		base64url_add(&out, jwt.header.ptr, jwt.header.len);
		buf_char(&out, '.');
		base64url_add(&out, jwt.payload.ptr, jwt.payload.len);
		if (!slice_eq(buf_slice(&out), jwt.signed_text) ||
		    jwt_verify(&jwt, key))
			abort();
		if (jwt_json_read(json, &jwt.payload)) {
			jwt_str(json, "aud");
			jwt_i64(json, "exp", &n);
		}
	}
	jwt_release(&jwt);
	buf_release(&out);
	jwt_json_free(json);
}

static void
check_content_id(struct slice text)
{
	char id[CONTENT_ID_MAX];
	struct content_name name = {0};
	enum content_type type;
	uint32_t seq;

	if (!content_id_parse(text, &name.type, &name.seq))
		return;
	content_id(id, &name);
	if (!content_id_parse(slice_cstr(id), &type, &seq) ||
	    type != name.type || seq != name.seq)
		abort();
}

/* A list of faults is taken whole or leaves no trace. */
static void
check_faults(struct slice text)
{
	struct serve_faults *faults = serve_faults_new(1);
	struct buf out = {0};

	if (serve_faults_add(faults, text, 1, NULL)) {
		serve_faults_write(faults, &out, "\n");
		if (out.len > 0)
			abort();
	}
	buf_release(&out);
	serve_faults_free(faults);
}

/* All that clients of the simulator can send it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_of(data, size);
	static EVP_PKEY *key;

	if (!key && !(key = EVP_RSA_gen(2048)))
		abort();
	check_form(bytes);
	check_token(bytes, key);
	check_content_id(bytes);
	check_faults(bytes);
	return 0;
}
