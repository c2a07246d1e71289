#include "serve_form.h"

#include <strings.h>

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static struct slice
decode(struct arena *arena, struct slice text)
{
	char *out = arena_alloc(arena, text.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '%' && text.len - i > 2 &&
		    digit(text.ptr[i + 1]) >= 0 &&
		    digit(text.ptr[i + 2]) >= 0) {
			c = (char)(digit(text.ptr[i + 1]) * 16 +
			           digit(text.ptr[i + 2]));
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		out[n++] = c;
	}
	out[n] = '\0';
	return slice_of(out, n);
}

void
form_read(struct form *form, struct arena *arena, struct slice text)
{
	form->n = 0;
	while (text.len > 0 && form->n < FORM_FIELDS_MAX) {
		struct slice value = slice_cut(&text, '&');
		struct slice name;

		if (value.len == 0)
			continue;
		name = slice_cut(&value, '=');
		form->fields[form->n++] = (struct form_field){
		    decode(arena, name), decode(arena, value)};
	}
}

struct slice
form_get(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->n; i++)
		if (strlen(name) == form->fields[i].name.len &&
		    strcasecmp(form->fields[i].name.ptr, name) == 0)
			return form->fields[i].value;
	return (struct slice){0};
}

void
form_add(struct buf *out, struct slice text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
	                            "pqrstuvwxyz0123456789-._~";

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] && strchr(plain, text.ptr[i]))
			buf_char(out, text.ptr[i]);
		else
			buf_printf(out, "%%%02X", (unsigned char)text.ptr[i]);
	}
}
