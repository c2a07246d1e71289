#include "finding/report_page.h"

#include <strings.h>

#include "base/sha256.h"
#include "base/term.h"

static const char *const style[] = {
    ":root{--bg:#fff;--fg:#1b1f24;--dim:#59636e;--line:#d5dae0;--soft:#f5f7f9;",
    "--link:#0a58ca;--bar:#8896a6;--critical:#a3003b;--high:#c2410c;",
    "--medium:#8f6400;--low:#1d63c9;--informational:#59636e}",
    "@media (prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e6e9ed;",
    "--dim:#9aa5b1;--line:#343b44;--soft:#1d2227;--link:#7ab0ff;",
    "--bar:#67748a;--critical:#ff6f96;--high:#ff935c;--medium:#f0c04f;",
    "--low:#7ab0ff;--informational:#a3afbc}}",
    "*{box-sizing:border-box}",
    "body{margin:0;background:var(--bg);color:var(--fg);",
    "font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}",
    "main{max-width:64rem;margin:0 auto;padding:1.5rem 1rem 4rem}",
    "h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:2.2rem 0 .6rem}",
    "h3{font-size:.95rem;margin:1rem 0 .3rem}",
    "p{margin:.4rem 0}a{color:var(--link)}.dim{color:var(--dim)}",
    ".levels{display:flex;flex-wrap:wrap;gap:.6rem;list-style:none;padding:0}",
    ".levels li{flex:1 1 7rem;padding:.5rem .8rem;border-radius:6px;",
    "border:1px solid var(--line);border-top:4px solid var(--level)}",
    ".levels b{display:block;font-size:1.6rem;line-height:1.2}",
    ".critical{--level:var(--critical)}.high{--level:var(--high)}",
    ".medium{--level:var(--medium)}.low{--level:var(--low)}",
    ".informational{--level:var(--informational)}",
    "figure{margin:0;overflow-x:auto}",
    "svg{display:block;width:100%;min-width:36rem;height:auto}",
    "svg text{fill:var(--dim);font:11px system-ui,sans-serif}",
    "svg .bar{fill:var(--bar)}svg .mark{fill:var(--level)}",
    "svg .rule{stroke:var(--line)}",
    "#filter{display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:center;",
    "margin:.6rem 0}#filter[hidden]{display:none}",
    "#filter input[type=search]{flex:1 1 14rem;font:inherit;color:inherit;",
    "padding:.3rem .5rem;background:var(--bg);border:1px solid var(--dim);",
    "border-radius:4px}",
    "details.group{border:1px solid var(--line);",
    "border-left:5px solid var(--level);border-radius:6px;margin:.5rem 0}",
    ".group>summary{display:grid;grid-template-columns:7.2rem 1fr auto;",
    "gap:0 .8rem;padding:.5rem .8rem;cursor:pointer;list-style:none}",
    ".group>summary::-webkit-details-marker{display:none}",
    ".group>summary:hover{background:var(--soft)}",
    ".group .level{color:var(--level);font-weight:600}",
    ".group .title{font-weight:600}.group .count{text-align:right}",
    ".group .when{grid-column:3;text-align:right;white-space:nowrap}",
    ".group .who{grid-column:2}",
    ".body{padding:.2rem .8rem .8rem;border-top:1px solid var(--line)}",
    "ul{margin:.2rem 0;padding-left:1.2rem}",
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;",
    "margin:.4rem 0}dt{color:var(--dim)}dd{margin:0}",
    ".wide{overflow-x:auto}",
    "table{border-collapse:collapse;width:100%;font-size:.87rem}",
    "th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;",
    "border-bottom:1px solid var(--line);min-width:6rem}",
    "td.n,th.n{text-align:right}td.a{white-space:nowrap}",
    "code{font:.92em ui-monospace,monospace}",
    ".note{border:1px solid var(--line);background:var(--soft);",
    "border-radius:6px;padding:.6rem 1rem;margin-top:2rem}",
    "@media (max-width:40rem){.group>summary{grid-template-columns:1fr auto}",
    ".group .level{grid-column:1/3}.group .title,.group .who{grid-column:1}",
    ".group .when{grid-column:1/3;text-align:left}}",
    "@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--line:#bbb;",
    "--soft:#fff;--link:#000;--bar:#888;--critical:#a3003b;--high:#c2410c;",
    "--medium:#8f6400;--low:#1d63c9;--informational:#444}",
    "body{font-size:10pt}main{max-width:none;padding:0}",
    "#filter{display:none}svg{min-width:0}",
    "summary{break-after:avoid}tr{break-inside:avoid}}",
};

static const char *const script[] = {
    "(function () {",
    "var form = document.getElementById('filter');",
    "var groups = [].slice.call(document.querySelectorAll('details.group'));",
    "window.addEventListener('beforeprint', function () {",
    "  groups.forEach(function (g) { g.open = true; });",
    "});",
    "if (!form) return;",
    "var search = form.querySelector('input[type=search]');",
    "var boxes = [].slice.call(form.querySelectorAll('input[type=checkbox]'));",
    "var shown = document.getElementById('shown');",
    "function run() {",
    "  var words = search.value.toLowerCase(), on = {}, n = 0;",
    "  boxes.forEach(function (b) { on[b.value] = b.checked; });",
    "  groups.forEach(function (g) {",
    "    g.hidden = !on[g.dataset.level] ||",
    "      g.textContent.toLowerCase().indexOf(words) < 0;",
    "    if (!g.hidden) n++;",
    "  });",
    "  shown.textContent = n + ' of ' + groups.length + ' groups';",
    "}",
    "form.hidden = false;",
    "form.addEventListener('input', run);",
    "run();",
    "})();",
};

static void
add_lines(struct buf *out, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_str(out, lines[i]);
		buf_char(out, '\n');
	}
}

/* What the policy names the script by: its SHA-256 in base64. */
static void
add_script_hash(struct buf *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char digest[SHA256_LEN + 1] = {0};
	struct buf text = {0};

	add_lines(&text, script, sizeof(script) / sizeof(script[0]));
	sha256(buf_slice(&text), digest);
	buf_release(&text);
	/* 32 bytes are ten groups of three, and two bytes. */
	for (size_t i = 0; i < SHA256_LEN; i += 3) {
		unsigned bits =
		    (unsigned)digest[i] << 16 | (unsigned)digest[i + 1] << 8;

		if (i + 2 < SHA256_LEN)
			bits |= digest[i + 2];
		buf_char(out, digits[bits >> 18]);
		buf_char(out, digits[bits >> 12 & 63]);
		buf_char(out, digits[bits >> 6 & 63]);
		buf_char(out, i + 2 < SHA256_LEN ? digits[bits & 63] : '=');
	}
}

/* With the style of another page behind the own; the script where it is. */
static void
begin(struct buf *out, const char *title, bool with_script,
    const char *const *more, size_t more_count)
{
	buf_str(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n"
	             "<meta charset=\"utf-8\">\n"
	             "<meta name=\"viewport\" content=\"width=device-width\">\n"
	             "<meta http-equiv=\"Content-Security-Policy\" content=\""
	             "default-src 'none'; style-src 'unsafe-inline'; ");
	if (with_script) {
		buf_str(out, "script-src 'sha256-");
		add_script_hash(out);
		buf_str(out, "'; ");
	}
	buf_str(out,
	    "base-uri 'none'; form-action 'none'\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	buf_str(out, title);
	buf_str(out, " \xe2\x80\x93 firn</title>\n<style>\n");
	add_lines(out, style, sizeof(style) / sizeof(style[0]));
	add_lines(out, more, more_count);
	buf_str(out, "</style>\n</head>\n<body>\n<main>\n<h1>");
	buf_str(out, title);
	buf_str(out, "</h1>\n");
}

void
page_begin(struct buf *out, const char *title)
{
	begin(out, title, true, NULL, 0);
}

void
page_begin_plain(struct buf *out, const char *title,
    const char *const *more_style, size_t lines)
{
	begin(out, title, false, more_style, lines);
}

void
page_end_plain(struct buf *out)
{
	buf_str(out, "</main>\n</body>\n</html>\n");
}

void
page_end(struct buf *out)
{
	buf_str(out, "</main>\n<script>");
	add_lines(out, script, sizeof(script) / sizeof(script[0]));
	buf_str(out, "</script>\n</body>\n</html>\n");
}

static const char *
entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void
add_line(struct buf *out, struct slice line)
{
	struct buf safe = {0};

	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	term_fit(&safe, line, SIZE_MAX / 2);
	for (size_t i = 0; i < safe.len; i++) {
		const char *entity = entity_of(safe.ptr[i]);

		if (entity)
			buf_str(out, entity);
		else
			buf_char(out, safe.ptr[i]);
	}
	buf_release(&safe);
}

void
page_text(struct buf *out, struct slice s)
{
	while (s.len) {
		const char *end = memchr(s.ptr, '\n', s.len);

		add_line(out, slice_cut(&s, '\n'));
		if (end)
			buf_char(out, '\n');
	}
}

/* Visible ASCII only, after http:// or https:// */
static bool
is_link(struct slice s)
{
	if ((s.len < 8 || strncasecmp(s.ptr, "http://", 7) != 0) &&
	    (s.len < 9 || strncasecmp(s.ptr, "https://", 8) != 0))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
			return false;
	return true;
}

void
page_link(struct buf *out, struct slice s)
{
	bool link = is_link(s);

	if (link) {
		buf_str(out, "<a rel=\"noreferrer noopener\" href=\"");
		page_text(out, s);
		buf_str(out, "\">");
	}
	page_text(out, s);
	if (link)
		buf_str(out, "</a>");
}
