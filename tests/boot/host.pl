#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# host.pl SAID QMP COMMAND...: runs the guest of devices_spec.lua, COMMAND with
# a port of 127.0.0.1 behind its last word, and is the host's side meanwhile:
# waits for the guest at that port, asks QEMU, at the UNIX socket QMP, which
# port it forwards to the guest's, fetches the page that is served there, and
# tells the guest that it is done. What it heard is in the file SAID then.
use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::UNIX;

my ($said, $qmp, @command) = @ARGV;

sub forwarded_port {
    my $socket = IO::Socket::UNIX->new(Peer => $qmp) or die "$qmp: $!";
    print $socket '{"execute": "qmp_capabilities"}',
        '{"execute": "human-monitor-command", ',
        '"arguments": {"command-line": "info usernet"}}';
    while (<$socket>) {
        return $1 if /TCP\[HOST_FORWARD\]\s+\S+\s+127\.0\.0\.1\s+(\d+)/;
    }
    die 'QEMU forwards no port';
}

sub serve {
    my ($listener) = @_;
    my $guest = $listener->accept or die $!;
    open my $file, '>', $said or die "$said: $!";
    print $file scalar <$guest>;
    my $page = IO::Socket::INET->new('127.0.0.1:' . forwarded_port())
        or die $!;
    print $page "GET /page HTTP/1.0\r\n\r\n";
    my @reply = <$page>;
    print $file $reply[0], $reply[-1];
    close $file;
    print $guest "the host has it\n";
    exit 0;
}

my $listener = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
    or die $!;
my $server = fork // die $!;
serve($listener) if $server == 0;
$command[-1] .= ' ' . $listener->sockport;
my $status = system @command;
kill 'TERM', $server;       # if it still waits for the guest
exit $status >> 8;
