/* The wire: TCP segments on loopback, taken as they pass (packet(7)), each logged before the next stop is, so that order is kept.
 *
 * Best in a network of the recording's own (network_namespaces(7)), which nobody else uses; else on the machine's loopback, where
 * the reader of the log drops what is not the recording's; else not at all, which is no error. Knows nothing of what is in a packet.
 */
#include "tracer.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum wire wire_seen = NOT_SEEN;
bool wire_at_once;
static int wire = -1;                  /* the packet socket */
static bool own_network;
static uint64_t powers;                /* capabilities that a program of root's would get outside (capabilities(7)) */
static long lost;

enum { HEADERS = 120, ROOM = 64 << 20, SOME_ROOM = 4 << 20 };  /* largest IPv4 and TCP headers; bytes that wait to be taken */

/* ---- a network of its own ---- */

/* What differs from kernel to kernel in what a program sees, and a new network has at its default: it shall be as outside. */
static const char *kept[] = { "net/ipv4/ip_unprivileged_port_start", "net/ipv4/ip_local_port_range", "net/core/somaxconn" };
enum { KEPT = sizeof kept / sizeof *kept };

static size_t setting(const char *name, char *value, size_t size, int flags)
{
    char path[128];
    snprintf(path, sizeof path, "/proc/sys/%s", name);
    int fd = open(path, flags | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : flags == O_RDONLY ? read(fd, value, size) : write(fd, value, size);
    if (fd >= 0) close(fd);
    return n < 0 ? 0 : (size_t)n;
}

static bool put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return done;
}

static bool loopback_up(void)
{
    struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING };
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (any < 0) return false;
    bool up = ioctl(any, SIOCSIFFLAGS, &request) == 0;
    close(any);
    return up;
}

/* The kernel's system administrator makes one without a new user, and then nothing else changes for the program. Anybody else is
 * given a user namespace in which only their own ids are known (user_namespaces(7)): other users' files still open or not as
 * before, but their owner is shown as 65534. */
static bool enter(void)
{
    char map[64], value[KEPT][64];
    size_t size[KEPT];
    unsigned user = geteuid(), group = getegid();
    for (int i = 0; i < KEPT; i++) size[i] = setting(kept[i], value[i], sizeof value[i], O_RDONLY);
    if (unshare(CLONE_NEWNET) < 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 || !put("/proc/self/setgroups", "deny")) return false;
        snprintf(map, sizeof map, "%u %u 1", user, user);
        if (!put("/proc/self/uid_map", map)) return false;
        snprintf(map, sizeof map, "%u %u 1", group, group);
        if (!put("/proc/self/gid_map", map)) return false;
    }
    for (int i = 0; i < KEPT; i++) if (size[i]) setting(kept[i], value[i], size[i], O_WRONLY);
    return loopback_up();
}

/* ---- acknowledging at once ---- */

/* A receiver may wait with its ACK, up to 40 ms, for data of its own to send it with. Whether it does not have to wait that long
 * hangs on how fast the machine happens to be, and so do the states of both ends: where turns are asked for, so that the order is
 * the same in every run, the route says that no ACK is to wait (ip-route(8), quickack; rtnetlink(7)). */
static bool route(uint16_t order, uint16_t flags, int family, const void *address, unsigned char bits)
{
    struct { struct nlmsghdr header; struct rtmsg route; unsigned char room[96]; } message = {
        { sizeof(struct nlmsghdr) + sizeof(struct rtmsg), order, (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags), 1, 0 },
        { .rtm_family = (unsigned char)family, .rtm_dst_len = bits, .rtm_table = RT_TABLE_LOCAL, .rtm_protocol = RTPROT_KERNEL,
          .rtm_scope = family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE, .rtm_type = RTN_LOCAL }, { 0 } };
    struct { struct nlmsghdr header; struct nlmsgerr error; unsigned char room[256]; } answer;
    const uint32_t loopback = if_nametoindex("lo"), self = htonl(INADDR_LOOPBACK);
    const struct { struct rtattr head; uint32_t on; } at_once = { { 8, RTAX_QUICKACK }, 1 };
    struct { unsigned short type; const void *data; size_t size; } attributes[] = {
        { RTA_DST, address, family == AF_INET ? 4 : 16 }, { RTA_OIF, &loopback, 4 }, { RTA_METRICS, &at_once, sizeof at_once },
        { RTA_PREFSRC, &self, 4 } };
    for (int i = 0; i < (family == AF_INET ? 4 : 3); i++) {
        struct rtattr *at = (void *)((unsigned char *)&message + message.header.nlmsg_len);
        *at = (struct rtattr){ (unsigned short)RTA_LENGTH(attributes[i].size), attributes[i].type };
        memcpy(RTA_DATA(at), attributes[i].data, attributes[i].size);
        message.header.nlmsg_len += RTA_SPACE(attributes[i].size);
    }
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    bool done = fd >= 0 && send(fd, &message, message.header.nlmsg_len, 0) >= 0 && recv(fd, &answer, sizeof answer, 0) > 0 &&
        answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error == 0;
    if (fd >= 0) close(fd);
    return done;
}

static bool acknowledge_at_once(void)
{
    const uint32_t self = htonl(INADDR_LOOPBACK), net = htonl(INADDR_LOOPBACK - 1);
    const struct in6_addr self6 = IN6ADDR_LOOPBACK_INIT;
    bool four = route(RTM_NEWROUTE, NLM_F_REPLACE, AF_INET, &self, 32) && route(RTM_NEWROUTE, NLM_F_REPLACE, AF_INET, &net, 8);
    /* of IPv6 the kernel's own has a rank that nobody else can ask for, and so cannot be replaced: another one, then that away */
    bool six = access("/proc/sys/net/ipv6", F_OK) < 0 ||
        (route(RTM_NEWROUTE, NLM_F_CREATE, AF_INET6, &self6, 128) && route(RTM_DELROUTE, 0, AF_INET6, &self6, 128));
    return four && six;
}

/* ---- the packet socket ---- */

/* TCP only, and each packet once: on loopback it is seen going out, too. What passes is cut to the headers and the wanted data. */
static bool filter(int fd)
{
    const uint32_t most = HEADERS + (uint32_t)config.data_limit, other = (uint32_t)SKF_AD_OFF;
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, other + SKF_AD_PKTTYPE),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 9, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, other + SKF_AD_PROTOCOL),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 2),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),                 /* RFC 791: protocol */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 4, 5),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 4),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),                 /* RFC 8200: next header; the first of several is hop by hop */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_HOPOPTS, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, most),
        BPF_STMT(BPF_RET | BPF_K, 0) };
    struct sock_fprog program = { sizeof code / sizeof *code, code };
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

/* Without a protocol, then with a filter, then bound: nothing comes in between that is not wanted. */
static int packet_socket(void)
{
    const int yes = 1, room = config.no_room ? 0 : ROOM, some = config.no_room ? 0 : SOME_ROOM;
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || config.no_packets) { if (fd >= 0) close(fd); return -1; }
    struct sockaddr_ll loopback = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex("lo") };
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &some, sizeof some);
    if (loopback.sll_ifindex && filter(fd) && setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes) == 0 &&
        bind(fd, (struct sockaddr *)&loopback, sizeof loopback) == 0)
        return fd;
    close(fd);
    return -1;
}

/* In a child first: who has entered a namespace cannot come back, and a filter may end who asks (seccomp(2)). Without a packet
 * socket, which takes the kernel some 15 ms to close: where that alone is refused, the program has a network that nobody watches. */
static bool may_enter(void)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) _exit(!enter());
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) { }
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static uint64_t bounding_set(void)
{
    uint64_t set = 0;
    for (int i = 0; i < 64; i++) if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1) set |= 1ull << i;
    return set;
}

void wire_begin(void)
{
    powers = bounding_set();
    if (!config.wire) return;
    own_network = !config.no_netns && may_enter() && enter();
    if (own_network) wire_at_once = config.in_turn && acknowledge_at_once();
    if ((wire = packet_socket()) >= 0) wire_seen = own_network ? OWN_NETWORK : MACHINE;
}

/* In the program's process, before its execve. A user namespace makes its creator mighty in there, and a program of root's would
 * stay so: it gets no power that it would not have without the wire being watched. */
void wire_leave_powers(void)
{
    if (own_network) for (int i = 0; i < 64; i++) if (!(powers >> i & 1)) prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
}

/* ---- on the machine's loopback: what may be the recording's ---- */

/* Ports of its sockets, and those it connects to. Each is known before a segment can come from there or go there, so that others'
 * traffic, however much, is dropped here; the reader of the log, who knows addresses and times, decides what is left. */
static unsigned char ports[1 << 13];

void wire_port(int port) { if (port > 0) ports[port >> 3 & 0x1fff] |= (unsigned char)(1 << (port & 7)); }

/* Entry of connect(2): family and port stand alike in both kinds of addresses (ip(7), ipv6(7)). */
void wire_connecting(struct task *task)
{
    unsigned char head[4];
    if (wire_seen == MACHINE && peek(task, task->args[1], head, sizeof head) == sizeof head) wire_port(head[2] << 8 | head[3]);
}

static bool wanted(const unsigned char *packet, size_t size)
{
    if (wire_seen != MACHINE) return true;
    size_t tcp = packet[0] >> 4 == 4 ? (size_t)(packet[0] & 15) * 4 : 40;
    if (size < tcp + 4) return false;
    for (int i = 0; i < 2; i++) {
        int port = packet[tcp + 2 * i] << 8 | packet[tcp + 2 * i + 1];
        if (ports[port >> 3] >> (port & 7) & 1) return true;
    }
    return packet[0] >> 4 == 6 && packet[6] != IPPROTO_TCP;    /* the ports are elsewhere */
}

/* ---- taking what has passed ---- */

/* From the wall clock, by which packets are stamped, to that of the recording. */
static int64_t between_clocks(void)
{
    int64_t offset = 0;
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 3; i++) {
        struct timespec wall;
        uint64_t before = now();
        clock_gettime(CLOCK_REALTIME, &wall);
        uint64_t after = now();
        if (after - before >= best) continue;
        best = after - before;
        offset = (int64_t)(before + best / 2) - ((int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec);
    }
    return offset;
}

static int64_t stamp(struct msghdr *message)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
        struct timespec wall;
        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_TIMESTAMPNS) continue;
        memcpy(&wall, CMSG_DATA(at), sizeof wall);
        return (int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec;
    }
    return -1;
}

/* Called before each record is begun. */
void wire_drain(void)
{
    static unsigned char bytes[1 << 17];
    static uint64_t last;
    static bool draining;
    bool known = false;
    int64_t offset = 0;
    uint64_t at = 0;
    if (wire < 0 || draining) return;
    draining = true;
    for (uint64_t begun = now(); at <= begun; ) {  /* what passes meanwhile is for the next time, or there may be no end */
        union { struct cmsghdr header; char room[256]; } control;
        struct iovec part = { bytes, sizeof bytes };
        struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
        ssize_t n = recvmsg(wire, &message, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) break;
        if (!known) { offset = between_clocks(); known = true; }
        uint64_t latest = now();
        int64_t stamped = stamp(&message), when = stamped < 0 ? (int64_t)latest : stamped + offset;
        at = when < 0 ? 0 : (uint64_t)when > latest ? latest : (uint64_t)when;
        if (!wanted(bytes, (size_t)n)) continue;
        last = at > last ? at : last;  /* they come in order, however the clocks are read */
        log_begin(PACKET, 0);
        unsigned char *to = log_section(PASSED, 0, sizeof last + (size_t)n);
        memcpy(to, &last, sizeof last);
        memcpy(to + sizeof last, bytes, (size_t)n);
        log_end();
    }
    draining = false;
}

long wire_lost(void)
{
    struct tpacket_stats counts = { 0 };
    socklen_t size = sizeof counts;
    if (wire >= 0 && getsockopt(wire, SOL_PACKET, PACKET_STATISTICS, &counts, &size) == 0) lost += counts.tp_drops;
    return lost;
}
