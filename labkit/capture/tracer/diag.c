/* Asks the kernel about one socket by netlink (sock_diag(7)): unix sockets by inode, internet sockets by their addresses. */
#include "tracer.h"
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int channel = -1;

static bool ask(const void *request, size_t size, int flags)
{
    struct { struct nlmsghdr header; unsigned char body[128]; } message = { 0 };
    if (channel < 0 && (channel = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) < 0) return false;
    message.header = (struct nlmsghdr){ (uint32_t)(sizeof message.header + size), SOCK_DIAG_BY_FAMILY, (uint16_t)(NLM_F_REQUEST | flags), 1, 0 };
    memcpy(message.body, request, size);
    return send(channel, &message, message.header.nlmsg_len, 0) >= 0;
}

static void unix_answer(const struct nlmsghdr *header, struct diagnosis *found)
{
    const struct unix_diag_msg *body = NLMSG_DATA(header);
    found->local[0] = AF_UNIX;
    found->size = 2;                   /* unnamed, as getsockname would say */
    found->state = body->udiag_state;
    found->type = body->udiag_type;
    int left = (int)(header->nlmsg_len - NLMSG_LENGTH(sizeof *body));
    for (const struct nlattr *at = (const void *)(body + 1); left >= (int)sizeof *at && at->nla_len >= sizeof *at; ) {
        if (at->nla_type == UNIX_DIAG_PEER) { uint32_t ino; memcpy(&ino, at + 1, 4); found->peer_ino = ino; found->have_peer = ino != 0; }
        if (at->nla_type == UNIX_DIAG_RQLEN) { uint32_t q[2]; memcpy(q, at + 1, 8); found->queue = q[0]; found->outqueue = q[1]; }
        if (at->nla_type == UNIX_DIAG_NAME && at->nla_len - sizeof *at <= 108) {
            memcpy(found->local + 2, at + 1, at->nla_len - sizeof *at);
            found->size = 2 + (int)(at->nla_len - sizeof *at);
        }
        int step = NLA_ALIGN(at->nla_len);
        left -= step;
        at = (const void *)((const char *)at + step);
    }
}

bool diag_unix(uint64_t ino, struct diagnosis *found)
{
    static char answer[8192] __attribute__((aligned(8)));
    struct unix_diag_req request = { .sdiag_family = AF_UNIX, .udiag_states = ~0u, .udiag_ino = (uint32_t)ino,
        .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN, .udiag_cookie = { ~0u, ~0u } };
    *found = (struct diagnosis){ 0 };
    if (!ask(&request, sizeof request, 0)) return false;
    ssize_t n = recv(channel, answer, sizeof answer, 0);
    const struct nlmsghdr *header = (const void *)answer;
    if (n < (ssize_t)sizeof *header || header->nlmsg_type != SOCK_DIAG_BY_FAMILY) return false;
    unix_answer(header, found);
    return true;
}

static void put_address(unsigned char *to, int domain, const uint32_t *address, uint16_t port)
{
    if (domain == AF_INET) {
        struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = port };
        memcpy(&in.sin_addr, address, 4);
        memcpy(to, &in, sizeof in);
    } else {
        struct sockaddr_in6 in = { .sin6_family = AF_INET6, .sin6_port = port };
        memcpy(&in.sin6_addr, address, 16);
        memcpy(to, &in, sizeof in);
    }
}

static void inet_answer(const struct inet_diag_msg *body, struct diagnosis *found)
{
    found->state = body->idiag_state;
    found->queue = body->idiag_rqueue;
    found->outqueue = body->idiag_wqueue;
    found->size = body->idiag_family == AF_INET ? (int)sizeof(struct sockaddr_in) : (int)sizeof(struct sockaddr_in6);
    put_address(found->local, body->idiag_family, body->id.idiag_src, body->id.idiag_sport);
    put_address(found->remote, body->idiag_family, body->id.idiag_dst, body->id.idiag_dport);
}

static bool exact(struct inet_diag_req_v2 request, uint64_t ino, const unsigned char *local, const unsigned char *peer, struct diagnosis *found)
{
    static char answer[8192] __attribute__((aligned(8)));
    size_t at = request.sdiag_family == AF_INET ? 4 : 8, size = request.sdiag_family == AF_INET ? 4 : 16;
    memcpy(&request.id.idiag_sport, local + 2, 2);
    memcpy(request.id.idiag_src, local + at, size);
    if (peer) { memcpy(&request.id.idiag_dport, peer + 2, 2); memcpy(request.id.idiag_dst, peer + at, size); }
    request.id.idiag_cookie[0] = request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    if (!ask(&request, sizeof request, 0)) return false;
    ssize_t n = recv(channel, answer, sizeof answer, 0);
    const struct nlmsghdr *header = (const void *)answer;
    if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct inet_diag_msg)) || header->nlmsg_type != SOCK_DIAG_BY_FAMILY) return false;
    const struct inet_diag_msg *body = NLMSG_DATA(header);
    if (body->idiag_inode != ino) return false;
    inet_answer(body, found);
    return true;
}

/* All sockets of the protocol, until ours is found: needed once, when a socket got its address. */
static bool dump(struct inet_diag_req_v2 request, uint64_t ino, struct diagnosis *found)
{
    static char answer[65536] __attribute__((aligned(8)));
    bool here = false;
    if (!ask(&request, sizeof request, NLM_F_DUMP)) return false;
    for (;;) {
        ssize_t n = recv(channel, answer, sizeof answer, 0);
        if (n <= 0) return here;
        int left = (int)n;
        for (const struct nlmsghdr *header = (const void *)answer; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
            if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) return here;
            const struct inet_diag_msg *body = NLMSG_DATA(header);
            if (body->idiag_inode == ino) { inet_answer(body, found); here = true; }
        }
    }
}

bool diag_inet(int domain, int protocol, uint64_t ino, const unsigned char *local, const unsigned char *peer, struct diagnosis *found)
{
    struct inet_diag_req_v2 request = { .sdiag_family = (uint8_t)domain, .sdiag_protocol = (uint8_t)protocol, .idiag_states = ~0u };
    *found = (struct diagnosis){ 0 };
    return (local && exact(request, ino, local, peer, found)) || dump(request, ino, found);
}
