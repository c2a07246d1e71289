/* What requests to Graph reach. */
#include "incident_made.h"

#define USER "aaaaaaaa-0000-4000-8000-000000000001"

/* A request of a person, or, with `who` empty, of an app. */
static void
run(const char *method, const char *uri, const char *status, const char *who,
    const char *want)
{
	struct buf record = {0}, text = {0};
	struct made made;

	buf_printf(&record,
	    "{'category':'MicrosoftGraphActivityLogs','properties':{"
	    "'timeGenerated':'2026-04-01T10:00:00Z','requestId':'r',"
	    "'requestMethod':'%s','responseStatusCode':%s,'userId':'%s',"
	    "'servicePrincipalId':'sp','appId':'app','requestUri':'%s'}}",
	    method, status, who, uri);
	buf_char(&record, '\0');
	made_read(&made, record.ptr);
	made_text(&text, &made.act);
	if (!slice_eq(buf_slice(&text), slice_cstr(want)))
		fail_msg(
		    "%s:\n%.*s\nnot\n%s", uri, (int)text.len, text.ptr, want);
	buf_release(&text);
	buf_release(&record);
	made_release(&made);
}

#define G "https://graph.microsoft.com/v1.0"
#define Q "\\u0027" /* a quote that run() leaves */

static const struct {
	const char *uri, *want;
} reads[] = {
    {G "/users/Ada@corp.example/messages/AAMk1",
        "message named ada@corp.example AAMk1\n"},
    {G "/me/messages/AAMk1?$select=body", "message named " USER " AAMk1\n"},
    {"https://graph.microsoft.com/beta//me/mailFolders/F1/messages/AAMk1",
        "message named " USER " AAMk1\n"},
    {G "/me/messages/AAMk1/attachments", "attachment named " USER " AAMk1\n"},
    {G "/me/messages/AAMk1/attachments/At1/$value",
        "attachment named " USER " At1\n"},
    {G "/me/messages?$top=50", "mailbox unlisted " USER " \n"},
    {G "/me/messages/delta", "mailbox unlisted " USER " \n"},
    {G "/me/mailFolders/inbox/messages", "folder unlisted " USER " inbox\n"},
    {G "/me/mailFolders", "folder unlisted " USER " \n"},
    {G "/me/mailFolders/F1/childFolders/F2/messages",
        "folder unlisted " USER " F2\n"},
    {G "/me/mailFolders/inbox/messageRules", ""},
    {G "/me/messages?$top=5&$search=%22vpn%22",
        "search unlisted " USER " %22vpn%22 name=%22vpn%22\n"},
    {G "/me/calendarView?startDateTime=x",
        "folder unlisted " USER " calendarView\n"},
    {G "/users/messages?$top=50", "directory named  users/messages\n"},
    {G "/users/Ada%40corp.example/messages/AAMk1%3D",
        "message named ada@corp.example AAMk1=\n"},
    {G "/users/ada%23EXT%23@corp.example/messages/A%zz%",
        "message named ada#ext#@corp.example A%zz%\n"},
    {G "/users(" Q "Ada@corp.example" Q ")/mailFolders(" Q "inbox" Q
       ")/messages(" Q "AAMk1" Q ")",
        "message named ada@corp.example AAMk1\n"},
    {G "/users/" USER "/messages?$top=50", "mailbox unlisted " USER " \n"},
    {G "/me/drive/root:/a(" Q "b" Q ")/c.txt:/content",
        "file named " USER " a('b')/c.txt\n"},
    {G "/me/drive/items/I1/content", "file named " USER " I1\n"},
    {G "/drives/D1/items/I1", "file named  I1\n"},
    {G "/drives/D1/items/I1/children", "file unlisted  I1\n"},
    {G "/me/drive/root/children", "file unlisted " USER " \n"},
    {G "/me/drive/root:/a/b/c/d/e/f/g/h/i/j/Keys.txt:/content",
        "file named " USER " a/b/c/d/e/f/g/h/i/j/Keys.txt\n"},
    {G "/me/drive/root:/a:/children", "file unlisted " USER " a\n"},
    {G "/me/drive/root/search(q=%27vpn%27)",
        "search unlisted " USER " %27vpn%27 name=%27vpn%27\n"},
    {G "/sites/S1/drive/items/I1", "file named S1 I1\n"},
    {G "/sites/S1", "site named S1 S1\n"},
    {G "/sites/S1/lists/L1/items", "site unlisted S1 L1\n"},
    {G "/sites?search=finance", "search unlisted  finance name=finance\n"},
    {G "/chats/C1/messages", "chat named  C1\n"},
    {G "/chats", "chat unlisted  \n"},
    {G "/me/chats/getAllMessages", "chat unlisted " USER " \n"},
    {G "/chats/C1/members", ""},
    {G "/teams/T1/channels/C1/messages", "chat named T1 C1\n"},
    {G "/teams/T1", "directory named  teams/T1\n"},
    {G "/users", "directory unlisted  users\n"},
    {G "/users/delta?$select=id", "directory unlisted  users/delta\n"},
    {G "/users/Ada@corp.example", "directory named  users/Ada@corp.example\n"},
    {G "/applications/A1/owners", "directory named  applications/A1/owners\n"},
    {G "/me", "directory unlisted  me\n"},
    {G "/users?$search=%22displayName:a%22",
        "search unlisted  %22displayName:a%22 "
        "name=%22displayName:a%22\n"},
    {G "/", ""},
    {G, ""},
    {"", ""},
};

static void
test_get(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		run("GET", reads[i].uri, "200", USER, reads[i].want);
		run("GET", reads[i].uri, "403", USER, "");
		run("DELETE", reads[i].uri, "204", USER, "");
	}
}

static void
test_post(void **state)
{
	(void)state;
	run("POST", G "/search/query", "200", USER, "search unlisted  \n");
	run("POST", G "/me/sendMail", "202", USER, "sent unlisted " USER " \n");
	run("POST", G "/users/Bob@x/messages/A/reply", "202", USER,
	    "sent unlisted bob@x \n");
	run("POST", G "/users", "201", USER, "");
	run("GET", G "/users/Bob@x/messages/A", "200", "",
	    "message named bob@x A\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_get),
	    cmocka_unit_test(test_post),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
