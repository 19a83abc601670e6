/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * address: addresses of IPv4 and IPv6, networks of them, and the ends of connections: text to bytes, and back.  It
 * looks nothing up and knows no names.
 *
 * IPv4 inside IPv6 (::ffff:192.0.2.1, RFC 4291 section 2.5.5.2) is the same host as the IPv4 address.  What comes from
 * a socket is therefore always IPv4; of a text the caller says whether it counts as it is written.
 */
#ifndef NFSTLS_ADDRESS_H
#define NFSTLS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* In network order.  The bytes behind size are zero and nothing lies between the members: it can be hashed as it is. */
struct ip_address {
	unsigned char bytes[16];
	unsigned int size; /* 4, 16; 0: none */
};

/* ---- text --------------------------------------------------------------- */

#define ADDRESS_TEXT_MAX 46u /* INET6_ADDRSTRLEN */

/* Each is false for what is no address, and then *address is untouched.  The text need not end with a NUL byte. */

/* The digits alone: neither brackets nor a scope.  IPv4 in IPv6 stays IPv6. */
bool address_parse_bare(const char *text, size_t size, struct ip_address *address);

/* In brackets or not; a scope (%eth0) is passed over, as it means something on this host alone.  IPv4 in IPv6 stays. */
bool address_parse_written(const char *text, size_t size, struct ip_address *address);

/* The same of a whole text, and IPv4 in IPv6 becomes IPv4. */
bool address_parse(const char *text, struct ip_address *address);

/* "192.0.2.1", "2001:db8::1"; "" for none. */
void address_text(const struct ip_address *address, char text[ADDRESS_TEXT_MAX]);

/* IPv4 in IPv6 becomes IPv4; anything else stays. */
void address_unmap(struct ip_address *address);

bool address_equal(const struct ip_address *a, const struct ip_address *b);

/* ---- networks: the first bits of an address ----------------------------- */

/* A netmask as a number of bits; false when its ones are not all in front. */
bool address_mask_bits(const struct ip_address *mask, unsigned int *bits);

/* Whether a bit behind the first ones is set; and clears them. */
bool address_has_host_bits(const struct ip_address *address, unsigned int bits);
void address_cut_host_bits(struct ip_address *address, unsigned int bits);

/* Whether the first bits of both are the same; false for different families.  bits: at most those that there are. */
bool address_in_network(const struct ip_address *address, const struct ip_address *network, unsigned int bits);

/* ---- ends of connections ------------------------------------------------- */

/* size 0 for what is neither IPv4 nor IPv6. */
struct ip_address address_of(const struct sockaddr_storage *end);

/* In host order; 0 for what is neither IPv4 nor IPv6. */
unsigned int address_port(const struct sockaddr_storage *end);
void address_set_port(struct sockaddr_storage *end, unsigned int port);

/* An end of an address and a port in host order; all zero for no address.  Returns its size. */
socklen_t address_make_end(const struct ip_address *address, unsigned int port, struct sockaddr_storage *end);

#define ADDRESS_END_MAX 64u

/*
 * "192.0.2.1:2049", "[2001:db8::1]:2049".  IPv4 in IPv6 is shown as IPv4; a port of 0 is left out; "-" is what has no
 * such address.
 */
void address_end_text(const struct sockaddr_storage *end, char text[ADDRESS_END_MAX]);

#endif
