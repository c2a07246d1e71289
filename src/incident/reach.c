#include "incident/reach.h"

#include "event/read_fields.h"
#include "incident/act_part.h"

const char *const reach_kind_names[REACH_KINDS] = {
    [REACH_MESSAGE] = "message",
    [REACH_ATTACHMENT] = "attachment",
    [REACH_FOLDER] = "folder",
    [REACH_MAILBOX] = "mailbox",
    [REACH_FILE] = "file",
    [REACH_CHAT] = "chat",
    [REACH_SITE] = "site",
    [REACH_SEARCH] = "search",
    [REACH_COPILOT] = "copilot",
    [REACH_EXPORT] = "export",
    [REACH_SENT] = "sent",
    [REACH_LEAK] = "leak",
    [REACH_LINK] = "link",
    [REACH_DIRECTORY] = "directory",
};

static const struct {
	const char *name, *words;
} hows[REACH_HOWS] = {
    [REACH_NAMED] = {"named", "the record names it"},
    [REACH_SYNCED] = {"synced",
        "the whole folder was synchronised: treat all in it as accessed"},
    [REACH_THROTTLED] = {"throttled",
        "logging of the mailbox was throttled: treat all in it as accessed "
        "for 24 hours"},
    [REACH_AGGREGATED] = {"aggregated", "more was read than the record names"},
    [REACH_UNLISTED] = {"unlisted", "the record does not list what was shown"},
    [REACH_LINKED] = {"linked", "open to whoever has the link"},
    [REACH_LEAKED] = {"leaked",
        "what arrived from then on was handed out by a rule or forwarding"},
};

const char *
reach_how_name(enum reach_how how)
{
	return hows[how].name;
}

const char *
reach_how_words(enum reach_how how)
{
	return hows[how].words;
}

/*
 * What operations reach.  Those that are not here reach nothing, as far as
 * their records say: to move, mark, delete or upload a thing is not to read
 * it, and who read it first left another record.  The order is that of
 * frequency, roughly.
 */
static const struct reach_op ops[] = {
    {SLICE_INIT("MailItemsAccessed"), reach_mail_access, REACH_MESSAGE,
        REACH_NAMED},
    {SLICE_INIT("FileAccessed"), reach_site_file, REACH_FILE, REACH_NAMED},
    {SLICE_INIT("FileAccessedExtended"), reach_site_file, REACH_FILE,
        REACH_NAMED},
    {SLICE_INIT("FilePreviewed"), reach_site_file, REACH_FILE, REACH_NAMED},
    {SLICE_INIT("FileDownloaded"), reach_site_file, REACH_FILE, REACH_NAMED},
    {SLICE_INIT("FileSyncDownloadedFull"), reach_site_file, REACH_FILE,
        REACH_NAMED},
    {SLICE_INIT("FileSyncDownloadedPartial"), reach_site_file, REACH_FILE,
        REACH_NAMED},
    {SLICE_INIT("FileCopied"), reach_site_file, REACH_FILE, REACH_NAMED},
    {SLICE_INIT("SensitivityLabeledFileOpened"), reach_site_file, REACH_FILE,
        REACH_NAMED},
    {SLICE_INIT("FolderCopied"), reach_site_file, REACH_FILE, REACH_UNLISTED},
    {SLICE_INIT("PageViewed"), reach_site_page, REACH_SITE, REACH_NAMED},
    {SLICE_INIT("PageViewedExtended"), reach_site_page, REACH_SITE,
        REACH_NAMED},
    {SLICE_INIT("ClientViewSignaled"), reach_site_page, REACH_SITE,
        REACH_NAMED},
    {SLICE_INIT("PagePrefetched"), reach_site_page, REACH_SITE, REACH_UNLISTED},
    {SLICE_INIT("ListViewed"), reach_site_page, REACH_SITE, REACH_NAMED},
    {SLICE_INIT("ListItemViewed"), reach_site_page, REACH_SITE, REACH_NAMED},
    {SLICE_INIT("Send"), reach_mail_items, REACH_SENT, REACH_NAMED},
    {SLICE_INIT("SendAs"), reach_mail_items, REACH_SENT, REACH_NAMED},
    {SLICE_INIT("SendOnBehalf"), reach_mail_items, REACH_SENT, REACH_NAMED},
    {SLICE_INIT("AttachmentAccess"), reach_mail_attachments, REACH_ATTACHMENT,
        REACH_NAMED},
    {SLICE_INIT("MessageBind"), reach_mail_items, REACH_MESSAGE, REACH_NAMED},
    {SLICE_INIT("Copy"), reach_mail_items, REACH_MESSAGE, REACH_NAMED},
    {SLICE_INIT("Move"), reach_mail_moved, REACH_MESSAGE, REACH_NAMED},
    {SLICE_INIT("FolderBind"), reach_mail_folder, REACH_FOLDER, REACH_UNLISTED},
    {SLICE_INIT("SearchQueryInitiatedExchange"), reach_mail_search,
        REACH_SEARCH, REACH_UNLISTED},
    {SLICE_INIT("SearchQueryInitiatedSharePoint"), reach_site_search,
        REACH_SEARCH, REACH_UNLISTED},
    {SLICE_INIT("SearchQueryPerformed"), reach_site_search, REACH_SEARCH,
        REACH_UNLISTED},
    {SLICE_INIT("AnonymousLinkCreated"), reach_site_file, REACH_LINK,
        REACH_LINKED},
    {SLICE_INIT("AnonymousLinkUpdated"), reach_site_file, REACH_LINK,
        REACH_LINKED},
    {SLICE_INIT("AnonymousLinkUsed"), reach_site_file, REACH_LINK,
        REACH_LINKED},
    {SLICE_INIT("CompanyLinkCreated"), reach_site_file, REACH_LINK,
        REACH_LINKED},
    {SLICE_INIT("CompanyLinkUsed"), reach_site_file, REACH_LINK, REACH_LINKED},
    {SLICE_INIT("SecureLinkCreated"), reach_site_file, REACH_LINK,
        REACH_LINKED},
    {SLICE_INIT("SecureLinkUpdated"), reach_site_file, REACH_LINK,
        REACH_LINKED},
    {SLICE_INIT("SecureLinkUsed"), reach_site_file, REACH_LINK, REACH_LINKED},
    {SLICE_INIT("AddedToSecureLink"), reach_site_file, REACH_LINK,
        REACH_LINKED},
    {SLICE_INIT("SharingLinkCreated"), reach_site_file, REACH_LINK,
        REACH_LINKED},
    {SLICE_INIT("SharingLinkUpdated"), reach_site_file, REACH_LINK,
        REACH_LINKED},
    {SLICE_INIT("SharingLinkUsed"), reach_site_file, REACH_LINK, REACH_LINKED},
    {SLICE_INIT("AddedToSharingLink"), reach_site_file, REACH_LINK,
        REACH_LINKED},
    {SLICE_INIT("MessagesListed"), reach_chat, REACH_CHAT, REACH_NAMED},
    {SLICE_INIT("MessageRead"), reach_chat, REACH_CHAT, REACH_NAMED},
    {SLICE_INIT("ChatRetrieved"), reach_chat, REACH_CHAT, REACH_NAMED},
    {SLICE_INIT("MessageHostedContentRead"), reach_chat, REACH_CHAT,
        REACH_NAMED},
    {SLICE_INIT("MessageHostedContentsListed"), reach_chat, REACH_CHAT,
        REACH_NAMED},
    {SLICE_INIT("MessagesExported"), reach_chat, REACH_EXPORT, REACH_UNLISTED},
    {SLICE_INIT("RecordingExported"), reach_chat, REACH_EXPORT, REACH_UNLISTED},
    {SLICE_INIT("TranscriptsExported"), reach_chat, REACH_EXPORT,
        REACH_UNLISTED},
    {SLICE_INIT("MessageSent"), reach_chat_sent, REACH_SENT, REACH_NAMED},
    {SLICE_INIT("MessageCreation"), reach_chat_sent, REACH_SENT, REACH_NAMED},
    {SLICE_INIT("MessageCreatedHasLink"), reach_chat_sent, REACH_SENT,
        REACH_NAMED},
    {SLICE_INIT("CopilotInteraction"), reach_copilot, REACH_COPILOT,
        REACH_UNLISTED},
    {SLICE_INIT("TeamCopilotInteraction"), reach_copilot, REACH_COPILOT,
        REACH_UNLISTED},
    {SLICE_INIT("SearchCreated"), reach_discovery, REACH_SEARCH,
        REACH_UNLISTED},
    {SLICE_INIT("SearchUpdated"), reach_discovery, REACH_SEARCH,
        REACH_UNLISTED},
    {SLICE_INIT("SearchStarted"), reach_discovery, REACH_SEARCH,
        REACH_UNLISTED},
    {SLICE_INIT("SearchPreviewed"), reach_discovery, REACH_EXPORT,
        REACH_UNLISTED},
    {SLICE_INIT("PreviewItemListed"), reach_discovery, REACH_EXPORT,
        REACH_UNLISTED},
    {SLICE_INIT("PreviewItemRendered"), reach_discovery, REACH_EXPORT,
        REACH_UNLISTED},
    {SLICE_INIT("PreviewItemDownloaded"), reach_discovery, REACH_EXPORT,
        REACH_UNLISTED},
    {SLICE_INIT("SearchExported"), reach_discovery, REACH_EXPORT,
        REACH_UNLISTED},
    {SLICE_INIT("SearchExportDownloaded"), reach_discovery, REACH_EXPORT,
        REACH_UNLISTED},
    {SLICE_INIT("ExportJob"), reach_discovery, REACH_EXPORT, REACH_UNLISTED},
    {SLICE_INIT("ViewDocument"), reach_discovery, REACH_EXPORT, REACH_UNLISTED},
    {SLICE_INIT("DownloadDocument"), reach_discovery, REACH_EXPORT,
        REACH_UNLISTED},
    {SLICE_INIT("AdminMailAccess"), reach_discovery, REACH_EXPORT,
        REACH_UNLISTED},
    {SLICE_INIT("New-InboxRule"), reach_leak_rule, REACH_LEAK, REACH_LEAKED},
    {SLICE_INIT("Set-InboxRule"), reach_leak_rule, REACH_LEAK, REACH_LEAKED},
    {SLICE_INIT("UpdateInboxRules"), reach_leak_client_rule, REACH_LEAK,
        REACH_LEAKED},
    {SLICE_INIT("Set-Mailbox"), reach_leak_mailbox, REACH_LEAK, REACH_LEAKED},
    {SLICE_INIT("New-TransportRule"), reach_leak_transport, REACH_LEAK,
        REACH_LEAKED},
    {SLICE_INIT("Set-TransportRule"), reach_leak_transport, REACH_LEAK,
        REACH_LEAKED},
    {SLICE_INIT("New-JournalRule"), reach_leak_transport, REACH_LEAK,
        REACH_LEAKED},
    {SLICE_INIT("Set-JournalRule"), reach_leak_transport, REACH_LEAK,
        REACH_LEAKED},
};

void
reach_read(struct act_reading *reading)
{
	if (reading->event->kind == KIND_GRAPH_ACTIVITY) {
		reach_graph(reading);
		return;
	}
	if (reading->event->kind != KIND_O365_AUDIT)
		return;
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (read_same(reading->operation, ops[i].operation)) {
			ops[i].read(reading, &ops[i]);
			return;
		}
}
