/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --net user[,OPTION...]: a network card behind QEMU's own router, which
 * reaches what the host reaches. The options are those of QEMU's -netdev user;
 * from them follow the addresses that process 1 gives the card.
 */
#include <arpa/inet.h>
#include <string.h>

#include "cli.h"
#include "devices.h"

/*
 * status=off: the link is there at once, and not only when the driver has
 * heard of it; nobody takes it down. romfile: nothing boots from there.
 */
#define DEVICE "virtio-net-pci,netdev=net0,status=off,romfile="

/* Where QEMU puts itself, the guest and the name server: in host order. */
struct addresses {
    guint32 net, mask, router, guest, names;
};

static gboolean parse_address(const char *option, guint32 *value,
                              GError **error)
{
    struct in_addr address;

    if (inet_pton(AF_INET, strchr(option, '=') + 1, &address) != 1) {
        return hl_fail(error, "--net user,%s: give an address like 10.0.2.2",
                       option);
    }
    *value = ntohl(address.s_addr);
    return TRUE;
}

/* "net=ADDRESS/BITS" */
static gboolean parse_net(const char *option, struct addresses *a,
                          GError **error)
{
    const char *slash = strchr(option, '/');
    g_autofree char *address = slash
        ? g_strndup(option, (gsize)(slash - option)) : NULL;
    guint64 bits;

    if (!slash || !g_ascii_string_to_unsigned(slash + 1, 10, 8, 28, &bits,
                                              NULL)
        || !parse_address(address, &a->net, NULL)) {
        return hl_fail(error, "--net user,%s: give net=ADDRESS/BITS, with 8 "
                       "to 28 BITS", option);
    }
    a->mask = G_MAXUINT32 << (32 - bits);
    a->net &= a->mask;
    return TRUE;
}

/* The last of each counts, wherever it stands. */
static gboolean parse_addresses(char **options, struct addresses *a,
                                GError **error)
{
    gboolean good = TRUE;

    for (char **o = options; good && *o; o++) {
        if (g_str_has_prefix(*o, "net=")) {
            good = parse_net(*o, a, error);
        }
    }
    a->router = a->net | (0x0202 & ~a->mask);
    a->names = a->net | (0x0203 & ~a->mask);
    a->guest = a->net | (0x020f & ~a->mask);
    for (char **o = options; good && *o; o++) {
        if (g_str_has_prefix(*o, "host=")) {
            good = parse_address(*o, &a->router, error);
        } else if (g_str_has_prefix(*o, "dns=")) {
            good = parse_address(*o, &a->names, error);
        } else if (g_str_has_prefix(*o, "dhcpstart=")) {
            good = parse_address(*o, &a->guest, error);
        }
    }
    return good;
}

static void append_address(GString *text, guint32 value)
{
    struct in_addr address = { htonl(value) };
    char name[INET_ADDRSTRLEN];

    g_string_append_printf(text, "%s%s", text->len ? " " : "",
                           inet_ntop(AF_INET, &address, name, sizeof(name)));
}

static char *addresses_text(const struct addresses *a)
{
    GString *text = g_string_new(NULL);

    append_address(text, a->guest);
    append_address(text, a->mask);
    append_address(text, a->router);
    append_address(text, a->names);
    return g_string_free(text, FALSE);
}

static void add_words(struct hl_devices *devices, char **options)
{
    g_autofree char *joined = g_strjoinv(",", options);
    const char *slot = hl_target_get(devices->target, "net_slot", NULL);

    g_ptr_array_add(devices->words, g_strdup("-netdev"));
    g_ptr_array_add(devices->words, g_strconcat("user,id=net0",
        *joined ? "," : "", joined, NULL));
    g_ptr_array_add(devices->words, g_strdup("-device"));
    g_ptr_array_add(devices->words, g_strconcat(DEVICE, slot ? ",addr=" : "",
                                                slot, NULL));
}

gboolean hl_devices_add_network(struct hl_devices *devices, const char *text,
                                GError **error)
{
    static const char *const taken[] = { "id=", NULL };
    g_auto(GStrv) parts = NULL;
    struct addresses addresses = { .net = 0x0a000200, .mask = 0xffffff00 };

    if (strcmp(text, "none") == 0) {
        return TRUE;
    }
    if (strcmp(text, "user") != 0 && !g_str_has_prefix(text, "user,")) {
        return hl_fail(error, "--net %s: give none, or user with options of "
                       "QEMU's -netdev user: user,hostfwd=tcp::8080-:80 (other "
                       "networks are given by --qemu-arg)", text);
    }
    parts = hl_devices_split("net", text, taken, error);
    if (!parts || !parse_addresses(parts + 1, &addresses, error)) {
        return FALSE;
    }
    devices->network = addresses_text(&addresses);
    add_words(devices, parts + 1);
    g_ptr_array_add(devices->needed, "virtio_pci");
    g_ptr_array_add(devices->needed, "virtio_net");
    return TRUE;
}
