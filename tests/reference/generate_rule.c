#include "generate.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/utf8.h"
#include "generate_part.h"

#define PICK(generate, array)                                                  \
	((array)[generate_below(                                               \
	    (generate), sizeof(array) / sizeof((array)[0]))])

/* --- encodings --- */

const char *
generate_word(struct generate *generate)
{
	static const char *const words[] = {"foo", "IEX", "Get-It", "été"};

	return PICK(generate, words);
}

void
generate_encoded(struct generate *generate, struct buf *out)
{
	const char *word = generate_word(generate);
	bool wide = generate_below(generate, 2);
	unsigned char bytes[64], text[128];
	size_t before = generate_below(generate, 4), n = 0;

	for (; n < before; n++)
		bytes[n] = (unsigned char)('v' + n);
	for (const char *p = word; *p; p++) {
		bytes[n++] = (unsigned char)*p;
		if (wide)
			bytes[n++] = 0;
	}
	if (generate_below(generate, 2))
		bytes[n++] = 'z';
	n = (size_t)EVP_EncodeBlock(text, bytes, (int)n);
	buf_add(out, text, n);
}

/* --- YAML --- */

/* A text in quotes of one kind or the other. */
static void
add_quoted(struct buf *out, struct slice s)
{
	bool control = false;

	for (size_t i = 0; i < s.len; i++)
		control |= (unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f;
	buf_char(out, control ? '"' : '\'');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (!control && c == '\'')
			buf_str(out, "''");
		else if (control && (c < 0x20 || c == 0x7f))
			buf_printf(out, "\\x%02x", c);
		else if (control && (c == '"' || c == '\\'))
			buf_printf(out, "\\%c", c);
		else
			buf_char(out, (char)c);
	}
	buf_char(out, control ? '"' : '\'');
}

/* --- values --- */

static size_t
char_len(struct slice s)
{
	size_t len = utf8_len((const unsigned char *)s.ptr, s.len);

	return len ? len : 1;
}

/* Where a character begins. */
static size_t
place(struct generate *generate, struct slice s)
{
	size_t n = generate_below(generate, (uint32_t)s.len + 1);

	while (n < s.len && (s.ptr[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* In the other case, for Latin, Greek and Cyrillic letters. */
static uint32_t
other_case(uint32_t c)
{
	static const uint32_t pairs[][2] = {
	    {'a', 'A'}, {0xe0, 0xc0}, {0x3b1, 0x391}, {0x430, 0x410}};
	static const uint32_t counts[] = {26, 23, 17, 32};

	if (c == 0x212a)
		return 'k';
	if (c == 0xdf)
		return 0x1e9e;
	for (size_t i = 0; i < 4; i++) {
		if (c - pairs[i][0] < counts[i])
			return c - pairs[i][0] + pairs[i][1];
		if (c - pairs[i][1] < counts[i])
			return c - pairs[i][1] + pairs[i][0];
	}
	return c;
}

struct change {
	bool escape, turn, blur;
};

/* Adds the text, escaped, in other case, with wildcards for some of it. */
static void
add_changed(struct generate *generate, struct slice s, struct change change,
    struct buf *out)
{
	while (s.len) {
		size_t len = char_len(s);
		uint32_t code = utf8_get((const unsigned char *)s.ptr, len);

		if (change.blur && !generate_below(generate, 6)) {
			buf_char(out, generate_below(generate, 2) ? '*' : '?');
		} else {
			if (change.escape && memchr("*?\\", s.ptr[0], 3))
				buf_char(out, '\\');
			if (change.turn && !generate_below(generate, 3))
				code = other_case(code);
			utf8_add(out, code);
		}
		s = slice_skip(s, len);
	}
}

static void
change_text(
    struct generate *generate, struct slice s, bool wildcards, struct buf *out)
{
	struct change change = {
	    .escape = wildcards && generate_below(generate, 8),
	    .turn = generate_below(generate, 2),
	    .blur = wildcards && !generate_below(generate, 4)};

	add_changed(generate, s, change, out);
	if (!generate_below(generate, 16))
		buf_str(out, wildcards ? "*" : "x");
}

/* A beginning, an end or a part, whatever the modifier. */
static struct slice
part(struct generate *generate, struct slice s, const char *modifier)
{
	size_t from = place(generate, s), to = place(generate, s);

	if (from > to) {
		size_t swap = from;

		from = to;
		to = swap;
	}
	if (!strcmp(modifier, "startswith"))
		from = 0;
	if (!strcmp(modifier, "endswith"))
		to = s.len;
	return slice_of(s.ptr + from, to - from);
}

/* --- fields --- */

struct field {
	struct slice path;
	struct buf modifiers; /* each with its | */
	struct buf values;    /* YAML */
};

static const struct generate_leaf *
any_leaf(struct generate *generate)
{
	static const struct generate_leaf none = {
	    SLICE_INIT("none"), SLICE_INIT("x"), true};

	if (!generate->leaf_count || !generate_below(generate, 30))
		return &none;
	return &generate->leaves[generate_below(
	    generate, (uint32_t)generate->leaf_count)];
}

/* Another value of the same field, if a few tries find one. */
static const struct generate_leaf *
like(struct generate *generate, const struct generate_leaf *leaf)
{
	for (size_t i = 0; i < 4; i++) {
		const struct generate_leaf *other = any_leaf(generate);

		if (slice_eq(other->path, leaf->path))
			return other;
	}
	return any_leaf(generate);
}

/* A value that has the marker in it, if a few tries find one. */
static const struct generate_leaf *
marked(struct generate *generate, const char *marker)
{
	for (size_t i = 0; i < 12; i++) {
		const struct generate_leaf *leaf = any_leaf(generate);

		if (memmem(
		        leaf->text.ptr, leaf->text.len, marker, strlen(marker)))
			return leaf;
	}
	return any_leaf(generate);
}

static void
add_text_value(struct generate *generate, const struct generate_leaf *leaf,
    const char *position, struct buf *out)
{
	bool wild = true;
	struct buf text = {0};
	struct slice s = leaf->text;

	if (*position)
		s = part(generate, s, position);
	else if (!generate_below(generate, 3)) {
		s = part(generate, s, "startswith");
		change_text(generate, s, wild, &text);
		buf_char(&text, '*');
		add_quoted(out, buf_slice(&text));
		buf_release(&text);
		return;
	}
	if (!leaf->quoted && s.len == leaf->text.len &&
	    !memchr("{[", s.len ? s.ptr[0] : '{', 2)) {
		buf_slice_add(out, s);
		return;
	}
	change_text(generate, s, wild, &text);
	add_quoted(out, buf_slice(&text));
	buf_release(&text);
}

static void
text_field(struct generate *generate, const struct generate_leaf *leaf,
    struct field *field)
{
	static const char *const positions[] = {
	    "", "", "contains", "contains", "startswith", "endswith"};
	const char *position = PICK(generate, positions);
	size_t n =
	    generate_below(generate, 3) ? 0 : generate_below(generate, 6);

	if (*position)
		buf_printf(&field->modifiers, "|%s", position);
	if (!generate_below(generate, 5))
		buf_str(&field->modifiers, "|cased");
	if (!generate_below(generate, 6))
		buf_str(&field->modifiers, "|windash");
	if (!generate_below(generate, 12))
		buf_str(&field->modifiers, "|expand");
	if (n && !generate_below(generate, 3))
		buf_str(&field->modifiers, "|all");
	if (!n && generate_below(generate, 2)) {
		add_text_value(generate, leaf, position, &field->values);
		return;
	}
	buf_char(&field->values, '[');
	for (size_t i = 0; i <= n; i++) {
		if (i)
			buf_str(&field->values, ", ");
		add_text_value(generate, i ? like(generate, leaf) : leaf,
		    position, &field->values);
		if (!generate_below(generate, 20) && !*position)
			buf_str(&field->values, ", null");
	}
	buf_char(&field->values, ']');
}

static void
encoded_field(struct generate *generate, struct field *field)
{
	static const char *const chains[] = {"|base64offset|contains",
	    "|base64offset|contains", "|wide|base64offset|contains",
	    "|utf16le|base64offset|contains", "|base64|contains", "|base64",
	    "|wide|base64", "|utf16|base64|startswith", "|utf16be|base64",
	    "|base64offset", "|base64|cased", "|contains|base64offset|cased",
	    "|base64|base64|contains", "|wide|base64|startswith"};

	buf_str(&field->modifiers, PICK(generate, chains));
	add_quoted(&field->values, slice_cstr(generate_word(generate)));
}

static void
regex_field(struct generate *generate, const struct generate_leaf *leaf,
    struct field *field)
{
	static const char *const flags[] = {
	    "", "", "|i", "|i", "|s", "|m", "|i|s", "|ignorecase|multiline"};
	static const char *const regexes[] = {"^foo", "o+", "\\d{2,}", "[a-f]",
	    "^$", "(?i)FOO", "a(b", "^line.one", "^one$", "\\bbar\\b", "ä|é",
	    "(a+)+$", ".", "x?", "^.{3}$", "(foo|bar)+", "\\\\", "\\x41",
	    "[^\\x00-\\x7f]", "(?!foo)", "^(?:1|4).*[34]$", "e.o", "^one$"};
	struct buf text = {0};
	struct slice s = part(generate, leaf->text, "contains");

	buf_printf(&field->modifiers, "|re%s", PICK(generate, flags));
	if (generate_below(generate, 2)) {
		buf_str(&text, PICK(generate, regexes));
	} else {
		buf_str(&text, "\\Q");
		add_changed(generate, s,
		    (struct change){.turn = !generate_below(generate, 2)},
		    &text);
		buf_str(&text, "\\E");
	}
	add_quoted(&field->values, buf_slice(&text));
	buf_release(&text);
}

static void
number_field(struct generate *generate, const struct generate_leaf *leaf,
    struct field *field)
{
	static const char *const compares[] = {"|lt", "|lte", "|gt", "|gte"};
	static const char *const parts[] = {
	    "|minute", "|hour", "|day", "|week", "|month", "|year"};
	static const char *const limits[] = {"0", "1", "5", "10", "14", "22",
	    "29", "53", "443", "1000", "2021", "2026", "4624", "-3", "1.5",
	    "1e3", "x", "9007199254740993"};
	bool is_time = leaf->text.len >= 10 && leaf->text.ptr[4] == '-';
	bool have = is_time || !generate_below(generate, 4);

	if (have)
		buf_str(&field->modifiers, PICK(generate, parts));
	if (!have || generate_below(generate, 2))
		buf_str(&field->modifiers, PICK(generate, compares));
	if (!have && !leaf->quoted && generate_below(generate, 2))
		add_quoted(&field->values, leaf->text);
	else
		buf_str(&field->values, PICK(generate, limits));
}

static void
network_field(struct generate *generate, struct field *field)
{
	static const char *const nets[] = {"10.0.0.0/8", "10.1.2.3",
	    "0.0.0.0/0", "10.1.2.3/31", "192.168.0.0/16", "2001:db8::/32",
	    "2001:db8::5", "::/0", "2001:db8::5/127", "10.0.0.0/33",
	    "10.1.2.3:443", "10.0.0.0:80/8", " 10.0.0.0/8", "10.0.0.0/08",
	    "[2001:db8::]/32", "fe80::1%eth0/64", "10.0.0.0/", "010.0.0.0/8",
	    "::ffff:10.0.0.0/104", "2001:db8::/32 ", "10.0.0.0 /8",
	    "[10.0.0.0/8, 192.168.0.0/16]"};
	const char *net = PICK(generate, nets);

	buf_str(&field->modifiers, "|cidr");
	if (*net == '[')
		buf_str(&field->values, net);
	else
		add_quoted(&field->values, slice_cstr(net));
}

static void
other_field(struct generate *generate, struct field *field)
{
	static const char *const chains[] = {
	    "", "", "|contains", "|startswith", "|endswith", "|cased"};

	buf_printf(&field->modifiers, "|fieldref%s", PICK(generate, chains));
	add_quoted(&field->values, any_leaf(generate)->path);
}

static void
plain_field(struct generate *generate, struct field *field)
{
	static const char *const plain[][2] = {{"|exists", "true"},
	    {"|exists", "false"}, {"", "null"}, {"", "''"}, {"", "'*'"},
	    {"", "'?*'"}, {"|contains", "''"}, {"|exists", "maybe"},
	    {"|expand", "'%who%'"}, {"|expand|contains", "'%who%'"},
	    {"|expand", "'%nobody%'"}, {"|cased", "null"}, {"|neq", "null"},
	    {"", "[]"}, {"|all", "[null, x]"}};
	size_t i = generate_below(generate, sizeof(plain) / sizeof(plain[0]));

	buf_str(&field->modifiers, plain[i][0]);
	buf_str(&field->values, plain[i][1]);
}

/* Any modifiers in any order: most are refused. */
static void
wild_field(struct generate *generate, const struct generate_leaf *leaf,
    struct field *field)
{
	static const char *const all[] = {"contains", "startswith", "endswith",
	    "cased", "windash", "expand", "base64", "base64offset", "wide",
	    "utf16le", "utf16be", "utf16", "re", "i", "m", "s", "cidr", "lt",
	    "gte", "minute", "year", "exists", "fieldref", "all", "neq", "what",
	    "ignorecase", "dotall", ""};
	size_t n = 1 + generate_below(generate, 3);

	for (size_t i = 0; i < n; i++)
		buf_printf(&field->modifiers, "|%s", PICK(generate, all));
	add_text_value(generate, leaf, "", &field->values);
}

/* A path as a rule may also write it: cut, with dots, with brackets. */
static void
add_path(struct generate *generate, struct slice path, struct buf *out)
{
	static const char *const columns[] = {
	    "firn.operation", "firn.operation_plain", "firn.kind", "firn.ip"};

	switch (generate_below(generate, 40)) {
	case 0:
		buf_str(out, PICK(generate, columns));
		break;
	case 1:
		path = part(generate, path, "startswith");
		/* fall through */
	default:
		buf_slice_add(out, path);
	}
}

static void
add_field(struct generate *generate, bool keyword, struct buf *out)
{
	/* What the forms below look for: encoded words, lines, ... */
	static const char *const markers[16] = {
	    [0] = "Z", [1] = "\n", [3] = "-", [5] = ".1"};
	uint32_t form = generate_below(generate, 16);
	const struct generate_leaf *leaf = markers[form]
	                                       ? marked(generate, markers[form])
	                                       : any_leaf(generate);
	struct field field = {.path = leaf->path};
	struct buf key = {0};

	switch (form) {
	case 0:
		encoded_field(generate, &field);
		break;
	case 1:
	case 2:
		regex_field(generate, leaf, &field);
		break;
	case 3:
	case 4:
		number_field(generate, leaf, &field);
		break;
	case 5:
		network_field(generate, &field);
		break;
	case 6:
		other_field(generate, &field);
		break;
	case 7:
		plain_field(generate, &field);
		break;
	case 8:
		if (!generate_below(generate, 4)) {
			wild_field(generate, leaf, &field);
			break;
		}
		/* fall through */
	default:
		text_field(generate, leaf, &field);
	}
	if (!keyword)
		add_path(generate, field.path, &key);
	buf_slice_add(&key, buf_slice(&field.modifiers));
	if (!generate_below(generate, 12))
		buf_str(&key, "|neq");
	add_quoted(out, buf_slice(&key));
	buf_str(out, ": ");
	buf_slice_add(out, buf_slice(&field.values));
	buf_release(&key);
	buf_release(&field.modifiers);
	buf_release(&field.values);
}

/* --- search identifiers and conditions --- */

static void
add_map(struct generate *generate, struct buf *out)
{
	size_t n =
	    generate_below(generate, 3) ? 0 : generate_below(generate, 3);

	buf_char(out, '{');
	for (size_t i = 0; i <= n; i++) {
		if (i)
			buf_str(out, ", ");
		add_field(generate, !generate_below(generate, 24), out);
	}
	buf_char(out, '}');
}

static void
add_search(struct generate *generate, struct buf *out)
{
	size_t n = generate_below(generate, 3);

	if (generate_below(generate, 4)) {
		add_map(generate, out);
		return;
	}
	buf_char(out, '[');
	for (size_t i = 0; i <= n; i++) {
		if (i)
			buf_str(out, ", ");
		if (generate_below(generate, 2))
			add_map(generate, out);
		else
			add_text_value(
			    generate, any_leaf(generate), "contains", out);
	}
	buf_char(out, ']');
}

static const char *const searches[] = {"s", "s_1", "s_2", "_hidden", "t"};

static void
add_condition(
    struct generate *generate, size_t count, unsigned depth, struct buf *out)
{
	static const char *const forms[] = {"1 of them", "all of them",
	    "any of s*", "all of s_*", "2 of them", "1 of _*", "ALL of *",
	    "1 OF *_1", "all of s", "3 of s*", "1 of x*"};
	uint32_t form = generate_below(generate, depth < 5 ? 12 : 5);

	if (form < 5) {
		buf_str(
		    out, searches[generate_below(generate, (uint32_t)count)]);
	} else if (form == 5) {
		buf_str(out, PICK(generate, forms));
	} else if (form == 6) {
		buf_str(out, "not ");
		add_condition(generate, count, depth + 1, out);
	} else if (form == 7) {
		buf_char(out, '(');
		add_condition(generate, count, depth + 1, out);
		buf_char(out, ')');
	} else {
		add_condition(generate, count, depth + 1, out);
		buf_str(out, form < 10 ? " or " : " AND ");
		add_condition(generate, count, depth + 1, out);
	}
}

void
generate_rule(struct generate *generate, size_t id, struct buf *out)
{
	size_t count = 1 + generate_below(generate, 5);
	uint32_t form = generate_below(generate, 20);

	buf_printf(out, "---\ntitle: t\nid: r%zu\ndetection:\n", id);
	for (size_t i = 0; i < count; i++) {
		buf_printf(out, "  %s: ", searches[i]);
		add_search(generate, out);
		buf_char(out, '\n');
	}
	/* One identifier needs no condition. */
	if (!form)
		return;
	buf_str(out, "  condition: ");
	if (form == 1)
		buf_char(out, '[');
	add_condition(generate, count, 0, out);
	if (form == 1) {
		buf_str(out, ", ");
		add_condition(generate, count, 0, out);
		buf_char(out, ']');
	}
	buf_char(out, '\n');
}
