#include "serve_jwt.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "json/json.h"

void
base64url_add(struct buf *out, const void *bytes, size_t n)
{
	size_t from = out->len;

	base64_add(out, bytes, n);
	while (out->len > from && out->ptr[out->len - 1] == '=')
		out->len--;
	for (size_t i = from; i < out->len; i++) {
		if (out->ptr[i] == '+')
			out->ptr[i] = '-';
		else if (out->ptr[i] == '/')
			out->ptr[i] = '_';
	}
}

bool
base64url_read(struct buf *out, struct slice text)
{
	struct buf plain = {0};
	size_t n;
	bool ok = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '+' || c == '/' || c == '=')
			goto out;
		buf_char(&plain, (char)(c == '-' ? '+' : c == '_' ? '/' : c));
	}
	while (plain.len % 4)
		buf_char(&plain, '=');
	ok = base64_len(buf_slice(&plain), &n) &&
	     base64_read(buf_slice(&plain), buf_reserve(out, n + 1), n);
	if (ok)
		out->len += n;
out:
	buf_release(&plain);
	return ok;
}

void
jwt_write(
    struct buf *out, EVP_PKEY *key, struct slice header, struct slice payload)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char signature[1024];
	size_t from = out->len, len = sizeof(signature);

	base64url_add(out, header.ptr, header.len);
	buf_char(out, '.');
	base64url_add(out, payload.ptr, payload.len);
	if (!ctx ||
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(ctx, signature, &len,
	        (const unsigned char *)out->ptr + from, out->len - from) != 1)
		abort();
	EVP_MD_CTX_free(ctx);
	buf_char(out, '.');
	base64url_add(out, signature, len);
}

bool
jwt_read(struct slice token, struct jwt *out)
{
	struct slice rest = token, header, payload;

	*out = (struct jwt){0};
	if (token.len > JWT_MAX)
		return false;
	header = slice_cut(&rest, '.');
	payload = slice_cut(&rest, '.');
	out->signed_text = slice_of(token.ptr, header.len + 1 + payload.len);
	return header.len && payload.len && rest.len &&
	       base64url_read(&out->header, header) &&
	       base64url_read(&out->payload, payload) &&
	       base64url_read(&out->signature, rest);
}

bool
jwt_verify(const struct jwt *jwt, EVP_PKEY *key)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok;

	if (!ctx)
		abort();
	ok =
	    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestVerify(ctx, (const unsigned char *)jwt->signature.ptr,
	        jwt->signature.len, (const unsigned char *)jwt->signed_text.ptr,
	        jwt->signed_text.len) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

void
jwt_release(struct jwt *jwt)
{
	buf_release(&jwt->header);
	buf_release(&jwt->payload);
	buf_release(&jwt->signature);
}

/* --- members --- */

struct jwt_json {
	struct json_parser *parser;
	struct buf text;
	struct json root;
};

struct jwt_json *
jwt_json_new(void)
{
	struct jwt_json *json = xcalloc(1, sizeof(*json));

	json->parser = json_parser_new();
	return json;
}

void
jwt_json_free(struct jwt_json *json)
{
	if (!json)
		return;
	json_parser_free(json->parser);
	buf_release(&json->text);
	free(json);
}

bool
jwt_json_read(struct jwt_json *json, const struct buf *text)
{
	buf_clear(&json->text);
	memset(buf_reserve(&json->text, text->len + JSON_PADDING), 0,
	    text->len + JSON_PADDING);
	buf_add(&json->text, text->ptr, text->len);
	json->root = (struct json){0};
	return json_parse(json->parser, buf_slice(&json->text), &json->root,
	           NULL) == JSON_OK &&
	       json_type(json->root) == JSON_OBJECT;
}

struct slice
jwt_str(const struct jwt_json *json, const char *name)
{
	return json_str(json_get(json->root, slice_cstr(name)));
}

bool
jwt_i64(const struct jwt_json *json, const char *name, int64_t *out)
{
	return json_to_i64(json_get(json->root, slice_cstr(name)), out);
}
