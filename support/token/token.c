/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/token/token_private.h"

#include <errno.h>
#include <p11-kit/uri.h>
#include <string.h>
#include <strings.h>

/* What is looked for, and what was found up to now. */
struct search {
	P11KitUri *uri;
	const struct bytes *pin; /* NULL when there is none */
	CK_FUNCTION_LIST **modules;
	char shown[256];
	unsigned int tokens;	   /* that the URI may mean */
	unsigned int with_pin;	   /* how many of these take one */
	struct token_object found; /* module is NULL until there is one; the session is open */
};

/* One token that the URI may mean. */
struct place {
	CK_FUNCTION_LIST *module;
	CK_SLOT_ID slot;
	bool takes_pin;
};

typedef int visit_token(struct search *search, const struct place *place, struct error *e);

bool token_is_uri(const char *text)
{
	return !strncasecmp(text, "pkcs11:", strlen("pkcs11:"));
}

/* ---- the URI ------------------------------------------------------------- */

/* What comes after the question mark may be a PIN, and a broken URI may have one elsewhere: no text shows it. */
static void show_uri(const char *uri, char *out, size_t room)
{
	size_t size = strcspn(uri, "?");
	const char *pin = strcasestr(uri, "pin-");

	if (pin && (size_t)(pin - uri) < size)
		size = (size_t)(pin - uri);
	text_escape(out, room, uri, size);
}

/* Looks for private keys only, and refuses a URI that looks for something else. */
static int want_private_key(const char *shown, P11KitUri *uri, struct error *e)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE wanted = { CKA_CLASS, &class, sizeof(class) };
	const CK_ATTRIBUTE *given = p11_kit_uri_get_attribute(uri, CKA_CLASS);

	if (given && (given->ulValueLen != sizeof(class) || memcmp(given->pValue, &class, sizeof(class))))
		return error_set(e, EINVAL, "%s names no private key: write type=private, or leave type= away", shown);
	if (p11_kit_uri_set_attribute(uri, &wanted) != P11_KIT_URI_OK)
		return error_set(e, ENOMEM, "out of memory");
	return 0;
}

static int check_uri(const char *shown, P11KitUri *uri, struct error *e)
{
	if (p11_kit_uri_get_pin_value(uri) || p11_kit_uri_get_pin_source(uri))
		return error_set(e, EINVAL,
				 "%s comes with a PIN or the place of one, which does not belong on a "
				 "command line: hand it over with --passphrase-fd",
				 shown);
	/* p11-kit would pass over these, and look in other modules than were meant. */
	if (p11_kit_uri_get_module_name(uri) || p11_kit_uri_get_module_path(uri))
		return error_set(e, EINVAL,
				 "%s comes with the name of a module, but the modules are those of "
				 "pkcs11.conf(5): leave module-name= and module-path= away",
				 shown);
	if (p11_kit_uri_any_unrecognized(uri))
		return error_set(e, EINVAL, "%s has an attribute that RFC 7512 does not know", shown);
	return want_private_key(shown, uri, e);
}

static int parse_uri(const char *text, struct search *search, struct error *e)
{
	int r;

	show_uri(text, search->shown, sizeof(search->shown));
	search->uri = p11_kit_uri_new();
	if (!search->uri)
		return error_set(e, ENOMEM, "out of memory");
	r = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, search->uri);
	if (r == P11_KIT_URI_NO_MEMORY)
		return error_set(e, ENOMEM, "out of memory");
	if (r != P11_KIT_URI_OK)
		return error_set(e, EINVAL, "%s is not a PKCS#11 URI of RFC 7512: %s", search->shown,
				 p11_kit_uri_message(r));
	return check_uri(search->shown, search->uri, e);
}

/* ---- tokens ---------------------------------------------------------------- */

static int module_failed(const struct search *search, const char *what, CK_RV rv, struct error *e)
{
	return error_set(e, EIO, "%s: the PKCS#11 module cannot %s: %s", search->shown, what, p11_kit_strerror(rv));
}

/* A token may be pulled out, or be one that the module cannot read: then it is none that is meant. */
static int visit_slot(struct search *search, CK_FUNCTION_LIST *module, CK_SLOT_ID slot, visit_token *visit,
		      struct error *e)
{
	CK_SLOT_ID wanted = p11_kit_uri_get_slot_id(search->uri);
	struct place place = { .module = module, .slot = slot };
	CK_SLOT_INFO about_slot;
	CK_TOKEN_INFO about;

	if (wanted != (CK_SLOT_ID)-1 && wanted != slot)
		return 0;
	if (module->C_GetSlotInfo(slot, &about_slot) != CKR_OK || module->C_GetTokenInfo(slot, &about) != CKR_OK)
		return 0;
	if (!(about.flags & CKF_TOKEN_INITIALIZED) || !p11_kit_uri_match_slot_info(search->uri, &about_slot) ||
	    !p11_kit_uri_match_token_info(search->uri, &about))
		return 0;
	place.takes_pin = about.flags & (CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED);
	return visit(search, &place, e);
}

#define SLOTS_MAX 256u

static int visit_module(struct search *search, CK_FUNCTION_LIST *module, visit_token *visit, struct error *e)
{
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_ULONG count = SLOTS_MAX;
	CK_INFO about;
	CK_RV rv = module->C_GetInfo(&about);
	int r = 0;

	if (rv == CKR_OK && !p11_kit_uri_match_module_info(search->uri, &about))
		return 0;
	if (rv == CKR_OK)
		rv = module->C_GetSlotList(CK_TRUE, slots, &count);
	if (rv != CKR_OK)
		return module_failed(search, "show its tokens", rv, e);
	for (CK_ULONG i = 0; !r && i < count; i++)
		r = visit_slot(search, module, slots[i], visit, e);
	return r;
}

/*
 * Calls visit for each token that the URI may mean, until one call fails.  p11_kit_iter_next() would do, but that it
 * opens a session on each token on the way, and gives up at the first that has not been initialized.
 */
static int each_token(struct search *search, visit_token *visit, struct error *e)
{
	int r = 0;

	for (CK_FUNCTION_LIST **module = search->modules; !r && *module; module++)
		r = visit_module(search, *module, visit, e);
	return r;
}

static int count_token(struct search *search, const struct place *place, struct error *e)
{
	(void)e;
	search->tokens++;
	search->with_pin += place->takes_pin;
	return 0;
}

/* ---- the PIN ----------------------------------------------------------------- */

static int login_failed(const struct search *search, CK_RV rv, struct error *e)
{
	switch (rv) {
	case CKR_PIN_INCORRECT:
	case CKR_PIN_INVALID:
	case CKR_PIN_LEN_RANGE:
		return error_set(e, EACCES,
				 "%s: the token says that the PIN is wrong, and it was not tried again: "
				 "most tokens lock themselves after a few",
				 search->shown);
	case CKR_PIN_LOCKED:
		return error_set(e, EACCES, "%s: the token has locked its PIN after too many wrong ones",
				 search->shown);
	case CKR_PIN_EXPIRED:
	case CKR_USER_PIN_NOT_INITIALIZED:
		return error_set(e, EACCES, "%s: the token takes no PIN until a new one is set: %s", search->shown,
				 p11_kit_strerror(rv));
	default:
		return module_failed(search, "log in", rv, e);
	}
}

static int login(const struct search *search, CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session, struct error *e)
{
	CK_RV rv = module->C_Login(session, CKU_USER, search->pin->data, search->pin->size);

	return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN ? 0 : login_failed(search, rv, e);
}

/* ---- objects ------------------------------------------------------------------- */

/* At most two, which are as bad as more.  A module may hand out fewer at a time than there are. */
static CK_RV find_two(struct search *search, CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session,
		      CK_OBJECT_HANDLE handles[2], CK_ULONG *count)
{
	CK_ULONG size, got = 1;
	CK_ATTRIBUTE *wanted = p11_kit_uri_get_attributes(search->uri, &size);
	CK_RV rv = module->C_FindObjectsInit(session, wanted, size);

	*count = 0;
	if (rv != CKR_OK)
		return rv;
	while (rv == CKR_OK && got && *count < 2) {
		rv = module->C_FindObjects(session, handles + *count, 2 - *count, &got);
		if (rv == CKR_OK)
			*count += got;
	}
	module->C_FindObjectsFinal(session);
	return rv;
}

/* Takes the session over when it holds the key. */
static int find_in_session(struct search *search, const struct place *place, CK_SESSION_HANDLE session, struct error *e)
{
	CK_OBJECT_HANDLE handles[2];
	CK_ULONG count;
	CK_RV rv;
	int r = search->pin && place->takes_pin ? login(search, place->module, session, e) : 0;

	if (r)
		return r;
	rv = find_two(search, place->module, session, handles, &count);
	if (rv != CKR_OK)
		return module_failed(search, "look for keys", rv, e);
	if (count > 1 || (count && search->found.module))
		return error_set(e, ENOTUNIQ,
				 "%s names more than one private key: add what tells them apart, such as "
				 "token=, object= or id= (p11tool --list-privkeys shows them)",
				 search->shown);
	if (count)
		search->found = (struct token_object){ place->module, session, handles[0] };
	return 0;
}

static int find_in_token(struct search *search, const struct place *place, struct error *e)
{
	CK_SESSION_HANDLE session;
	CK_RV rv = place->module->C_OpenSession(place->slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
	int r;

	if (rv != CKR_OK)
		return module_failed(search, "open the token", rv, e);
	r = find_in_session(search, place, session, e);
	if (r || search->found.module != place->module || search->found.session != session)
		place->module->C_CloseSession(session);
	return r;
}

/* ---- all of it ------------------------------------------------------------------- */

static int not_found(const struct search *search, struct error *e)
{
	if (!search->tokens)
		return error_set(e, ENOENT, "%s names no token that is here (p11tool --list-tokens shows them)",
				 search->shown);
	if (search->with_pin && !search->pin)
		return error_set(e, EACCES,
				 "%s is not among the keys that everybody may see, and the token needs its "
				 "PIN to show the others: hand it over with --passphrase-fd",
				 search->shown);
	return error_set(e, ENOENT, "%s names no private key that is there (p11tool --list-privkeys shows them)",
			 search->shown);
}

/* All tokens are counted before the first one is touched: a PIN must not be tried on the wrong one. */
static int find_key(struct search *search, struct error *e)
{
	int r = each_token(search, count_token, e);

	if (!r && search->pin && search->with_pin > 1)
		r = error_set(e, ENOTUNIQ,
			      "%s may mean more than one token, and the PIN is not tried on all of them: "
			      "add token= or serial=",
			      search->shown);
	if (!r)
		r = each_token(search, find_in_token, e);
	return !r && !search->found.module ? not_found(search, e) : r;
}

static void search_end(struct search *search)
{
	if (search->found.module)
		search->found.module->C_CloseSession(search->found.session);
	p11_kit_uri_free(search->uri);
}

int token_read_key_from(CK_FUNCTION_LIST **modules, const char *uri, const struct bytes *pin, gnutls_privkey_t *key,
			struct error *e)
{
	struct search search = { .pin = pin && pin->size ? pin : NULL, .modules = modules };
	int r = parse_uri(uri, &search, e);

	if (!r)
		r = find_key(&search, e);
	if (!r)
		r = token_value_read(&search.found, search.shown, key, e);
	search_end(&search);
	return r;
}

/* A module that cannot be loaded is passed over by p11-kit, unless it is said to be critical. */
static int no_modules(const struct search *search, CK_FUNCTION_LIST **modules, struct error *e)
{
	const char *why = p11_kit_message();

	if (modules)
		return error_set(e, EIO, "%s: no PKCS#11 module is set up, or none of them works (see pkcs11.conf(5))",
				 search->shown);
	return error_set(e, EIO, "%s: the PKCS#11 modules cannot be loaded (see pkcs11.conf(5)): %s", search->shown,
			 why ? why : "p11-kit tells no reason");
}

int token_read_key(const char *uri, const struct bytes *pin, gnutls_privkey_t *key, struct error *e)
{
	struct search search = { 0 };
	CK_FUNCTION_LIST **modules;
	int r = parse_uri(uri, &search, e);

	search_end(&search);
	if (r)
		return r;   /* before any module is loaded */
	p11_kit_be_quiet(); /* else it writes to standard error */
	modules = p11_kit_modules_load_and_initialize(0);
	if (modules && modules[0])
		r = token_read_key_from(modules, uri, pin, key, e);
	else
		r = no_modules(&search, modules, e);
	if (modules)
		p11_kit_modules_finalize_and_release(modules);
	return r;
}
