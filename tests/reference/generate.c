#include "generate.h"

#include "generate_part.h"
#include "json/json.h"

#define PICK(generate, array)                                                  \
	((array)[generate_below(                                               \
	    (generate), sizeof(array) / sizeof((array)[0]))])

#define DEPTH_MAX 4

static const char *const names[] = {"a", "b", "c", "Name", "Value", "d.e",
    "a.b", "P", "cs-uri", "b c", "", "a."};

#define NAMES (sizeof(names) / sizeof(names[0]))

static const char *const texts[] = {"", "foo", "Foo bar", "FOO\\bar\\",
    "C:\\Windows\\System32\\cmd.exe", "\\\\server\\share$", "a*b?c", "\\*",
    "x -enc /c –f a-b", "--all /x", "ARRÊTÉ d’été", "Straße STRAẞE", "ΣΊΣΥΦΟΣ",
    "жёлтый Ж", "\u212aelvin", "😀x😀", "true", "False", "null", "4624", "-3",
    "007", "1.5", "1e3", "10.1.2.3", "10.1.2.3:443", "[2001:db8::1]:80",
    "2001:db8::5", "192.168.0.1", "2026-10-05T22:14:00Z", "2021-01-03 00:00:00",
    "2024-02-29T23:59:59.5+02:00", "2020-12-31", "2024-12-30T01:02:03Z",
    "2026-01-01", "2021-12-31T05:00:00Z", "line\none\ntwo", "tab\tnul",
    "%who% 50%", "eve", "mary", "{broken", "\"False\"", "\"x\\\"y\"", "\"\"",
    "aaaaaaaaaab", "abababab", "foofoofoo", "İ ı", "ab\u00a0cd", "?", "*", "\\",
    "Invoke-Expression"};

static const char *const numbers[] = {"0", "1", "-3", "4624", "4624.0", "1.5",
    "0.1", "1e3", "1000", "9007199254740993", "9007199254740992.0",
    "18446744073709551615", "-9223372036854775808", "1e300", "-0.0", "443",
    "1728364117", "1728364117000"};

const char *const generate_who[2] = {"eve", "m*y"};

void
generate_reset(struct generate *generate)
{
	arena_reset(&generate->arena);
	generate->leaf_count = 0;
}

void
generate_release(struct generate *generate)
{
	arena_release(&generate->arena);
}

uint32_t
generate_below(struct generate *generate, uint32_t n)
{
	generate->random =
	    generate->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(generate->random >> 33) % n;
}

static void
note(struct generate *generate, struct slice path, struct slice text,
    bool quoted)
{
	if (generate->leaf_count == GENERATE_LEAVES || !path.len)
		return;
	generate->leaves[generate->leaf_count++] = (struct generate_leaf){
	    path, arena_copy(&generate->arena, text), quoted};
}

static struct slice
below(struct generate *generate, struct slice path, const char *name)
{
	if (!path.len)
		return slice_cstr(name);
	return arena_printf(
	    &generate->arena, "%.*s.%s", (int)path.len, path.ptr, name);
}

static void value(struct generate *generate, struct slice path, unsigned depth,
    struct buf *out);

/* Members of different names, but for a few. */
static void
object(struct generate *generate, struct slice path, unsigned depth,
    struct buf *out)
{
	size_t n = generate_below(generate, depth ? 4 : 8) + (depth == 0);
	size_t step = 1 + 2 * generate_below(generate, 2);
	size_t at = generate_below(generate, NAMES);

	buf_char(out, '{');
	for (size_t i = 0; i < n; i++) {
		const char *name;

		at += generate_below(generate, 40) ? step : 0;
		name = names[at % NAMES];
		if (i)
			buf_char(out, ',');
		json_add_str(out, slice_cstr(name));
		buf_char(out, ':');
		value(generate, below(generate, path, name), depth + 1, out);
	}
	buf_char(out, '}');
}

/* [{"Name": ..., "Value": ...}, ...] */
static void
named(struct generate *generate, struct slice path, struct buf *out)
{
	static const char *const who[] = {"To", "from", "CC"};
	size_t n = generate_below(generate, 3);

	buf_char(out, '[');
	for (size_t i = 0; i <= n; i++) {
		const char *name = PICK(generate, who);

		buf_printf(
		    out, "%s{\"Name\":\"%s\",\"Value\":", i ? "," : "", name);
		value(generate,
		    arena_printf(&generate->arena, "%.*s[Name=%s].Value",
		        (int)path.len, path.ptr, PICK(generate, who)),
		    DEPTH_MAX, out);
		buf_char(out, '}');
	}
	buf_char(out, ']');
}

static void
array(struct generate *generate, struct slice path, unsigned depth,
    struct buf *out)
{
	size_t n = generate_below(generate, 4);

	if (!generate_below(generate, 3))
		path = arena_printf(
		    &generate->arena, "%.*s[*]", (int)path.len, path.ptr);
	buf_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(out, ',');
		value(generate, path, depth + 1, out);
	}
	buf_char(out, ']');
}

/* A container as a text, with blanks in front now and then. */
static void
within(struct generate *generate, struct slice path, unsigned depth,
    struct buf *out)
{
	struct buf inner = {0};

	if (!generate_below(generate, 4))
		buf_str(&inner, " \n");
	if (generate_below(generate, 2))
		object(generate, path, depth + 1, &inner);
	else
		array(generate, path, depth + 1, &inner);
	json_add_str(out, buf_slice(&inner));
	buf_release(&inner);
}

static void
scalar(struct generate *generate, struct slice path, struct buf *out)
{
	static const char *const words[] = {"true", "false", "null"};
	struct buf text = {0};
	const char *plain = PICK(generate, numbers);

	switch (generate_below(generate, 10)) {
	case 0:
		plain = PICK(generate, words);
		/* fall through */
	case 1:
	case 2:
		note(generate, path, slice_cstr(plain), false);
		buf_str(out, plain);
		return;
	case 3:
		generate_encoded(generate, &text);
		break;
	case 4:
		buf_str(&text, PICK(generate, texts));
		buf_char(&text, ' ');
		/* fall through */
	default:
		buf_str(&text, PICK(generate, texts));
	}
	note(generate, path, buf_slice(&text), true);
	json_add_str(out, buf_slice(&text));
	buf_release(&text);
}

static void
value(struct generate *generate, struct slice path, unsigned depth,
    struct buf *out)
{
	size_t start = out->len;

	switch (depth < DEPTH_MAX ? generate_below(generate, 12) : 11) {
	case 0:
	case 1:
		object(generate, path, depth, out);
		break;
	case 2:
		array(generate, path, depth, out);
		break;
	case 3:
		named(generate, path, out);
		break;
	case 4:
		within(generate, path, depth, out);
		break;
	default:
		scalar(generate, path, out);
		return;
	}
	note(generate, path, slice_of(out->ptr + start, out->len - start),
	    false);
}

void
generate_record(struct generate *generate, struct buf *out)
{
	object(generate, SLICE(""), 0, out);
}
