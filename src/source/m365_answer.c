#include "source/m365_answer.h"

#include <string.h>

static bool
begins(struct slice s, const char *with)
{
	return s.len >= strlen(with) && !memcmp(s.ptr, with, strlen(with));
}

static enum m365_answer
judge_code(struct slice code)
{
	static const struct {
		const char *code;
		enum m365_answer answer;
	} codes[] = {
	    {"AF20024", ANSWER_WELL},
	    {"AF429", ANSWER_THROTTLED},
	    {"AF20022", ANSWER_OFF},
	    {"AF20023", ANSWER_OFF},
	    {"AF20051", ANSWER_EXPIRED},
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (begins(code, codes[i].code))
			return codes[i].answer;
	return ANSWER_AGAIN;
}

enum m365_answer
m365_answer(struct json_parser *parser, const struct http_reply *reply,
    char why[M365_WHY_MAX])
{
	struct json error;
	struct slice code;

	*why = '\0';
	if (reply->status == 200)
		return ANSWER_WELL;
	error = reply_error(parser, reply);
	code = json_str(JSON_GET(error, "code"));
	reply_words(reply, error, why);
	if (code.len)
		return judge_code(code);
	if (reply->status == 401)
		return ANSWER_TOKEN;
	return reply->status == 429 ? ANSWER_THROTTLED : ANSWER_AGAIN;
}

bool
m365_is_on(struct json item, const char *type)
{
	struct slice status = json_str(JSON_GET(item, "status"));

	/* Some items are without a status. */
	return slice_eq(
	           json_str(JSON_GET(item, "contentType")), slice_cstr(type)) &&
	       (!status.len || slice_eq(status, SLICE("enabled")));
}
