"""Frames in pipes, and calls of several threads over one pair of pipes."""

from __future__ import annotations

import os
import signal
import threading

import pytest
import wire

from nereid_worker import kinds
from nereid_worker.calls import CallFailed, Calls
from nereid_worker.errors import ServerGone, TritonModelException
from nereid_worker.frames import EndOfStream, Fields, FrameReader, MalformedFrame, begin, finish, put_text, write_all


def frame(text):
    made = begin(9)
    put_text(made, text)
    return bytes(finish(made))


@pytest.fixture
def pipe():
    source, sink = os.pipe()
    yield source, sink
    for descriptor in (source, sink):
        try:
            os.close(descriptor)
        except OSError:
            continue


def texts(frames):
    return [Fields(each, 5).text() for each in frames]


def write_pieces(sink, pieces):
    for piece in pieces:
        os.write(sink, piece)


@pytest.mark.parametrize("size", [1, 3, 7, 4096])
def test_frames_arrive_whole_whatever_the_pieces(pipe, size):
    expected = ["", "a", "b" * 1000, "ä€"]
    data = b"".join(frame(text) for text in expected)
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    writer = threading.Thread(target=write_pieces, args=(pipe[1], pieces))
    writer.start()
    reader = FrameReader(pipe[0])
    got = []
    while len(got) < len(expected):
        got += texts(reader.read())
    writer.join()
    assert got == expected


@pytest.mark.parametrize("before", ["", "x"])
def test_long_frame_between_short_ones(pipe, before):
    expected = [before, "y" * 1_000_000, "z"]
    writer = threading.Thread(target=write_all, args=(pipe[1], b"".join(frame(text) for text in expected)))
    writer.start()
    reader = FrameReader(pipe[0])
    got = []
    while len(got) < len(expected):
        got += texts(reader.read())
    writer.join()
    assert got == expected


@pytest.mark.parametrize("data", [b"\0\0\0\0", b"\xff\xff\xff\xff\1"])
def test_length_that_no_frame_has(pipe, data):
    os.write(pipe[1], data)
    with pytest.raises(MalformedFrame):
        FrameReader(pipe[0]).read()


@pytest.mark.parametrize("cut", [0, 3, 6, 100_000])
def test_end_in_the_middle_of_a_frame(pipe, cut):
    writer = threading.Thread(target=lambda: (os.write(pipe[1], frame("x" * 200_000)[:cut]), os.close(pipe[1])))
    writer.start()
    with pytest.raises(EndOfStream):
        FrameReader(pipe[0]).read()
    writer.join()


@pytest.mark.parametrize("read", [Fields.text, Fields.u8, Fields.u32, Fields.u64, Fields.f64])
def test_fields_do_not_go_beyond_the_frame(read):
    with pytest.raises(MalformedFrame):
        read(Fields(bytearray(b"\0\0\0\0\1\xff\0\0\0")[: 5 if read is Fields.u8 else 8], 5))


class Channel:
    """A call channel whose server is the test."""

    def __init__(self):
        self.calls_in, calls_out = os.pipe()
        replies_in, self.replies = os.pipe()
        self.questions = []
        self.calls = Calls(calls_out, replies_in, self.questions.append)
        self.reader = FrameReader(self.calls_in)

    def ask(self, results, number):
        call, data = self.calls.begin(kinds.METRIC_VALUE)
        try:
            results[number] = self.calls.ask(call, finish(data), kinds.VALUE).f64()
        except TritonModelException as error:
            results[number] = error

    def asked(self, count):
        numbers = []
        while len(numbers) < count:
            numbers += [Fields(each, 5).u64() for each in self.reader.read()]
        return numbers

    def reply(self, number, value):
        os.write(self.replies, wire.Writer(kinds.VALUE).put("Qd", number, value).frame())


def start(channel, count):
    results = {}
    threads = [threading.Thread(target=channel.ask, args=(results, i)) for i in range(count)]
    for thread in threads:
        thread.start()
    return results, threads


@pytest.mark.parametrize("order", [1, -1])
def test_replies_in_any_order_wake_the_thread_that_waits_for_them(order):
    channel = Channel()
    for _ in range(20):
        results, threads = start(channel, 5)
        for number in sorted(channel.asked(5))[::order]:
            channel.reply(number, number)
        for thread in threads:
            thread.join()
        assert len(set(results.values())) == 5
        assert all(isinstance(value, float) for value in results.values())


def test_end_of_the_server_wakes_all():
    channel = Channel()
    results, threads = start(channel, 5)
    numbers = channel.asked(5)
    channel.reply(numbers[2], 1.0)
    os.close(channel.replies)
    for thread in threads:
        thread.join()
    assert sorted(type(value).__name__ for value in results.values()) == ["ServerGone"] * 4 + ["float"]
    late, threads = start(channel, 1)
    threads[0].join()
    assert isinstance(late[0], ServerGone)


def test_reply_of_another_type_and_error_are_exceptions():
    channel = Channel()
    results, threads = start(channel, 1)
    os.write(channel.replies, wire.Writer(kinds.DONE).put("Q", channel.asked(1)[0]).frame())
    threads[0].join()
    assert str(results[0]) == "the server's reply is of type 60, expected 66"
    results, threads = start(channel, 1)
    os.write(channel.replies, wire.Writer(kinds.ERROR).put("QB", channel.asked(1)[0], 4).text("full").frame())
    threads[0].join()
    assert isinstance(results[0], CallFailed)
    assert (results[0].code, str(results[0])) == (4, "full")


def test_reply_that_nobody_waits_for_and_questions_do_not_disturb():
    channel = Channel()
    results, threads = start(channel, 1)
    (number,) = channel.asked(1)
    channel.reply(number + 1000, 5.0)
    os.write(channel.replies, wire.Writer(kinds.IS_READY).put("Q", 77).frame())
    channel.reply(number, 6.0)
    threads[0].join()
    assert results == {0: 6.0}
    assert [Fields(each, 5).u64() for each in channel.questions] == [77]


def test_exception_of_a_signal_handler_ends_the_wait_and_the_next_call_works():
    class Alarm(Exception):
        """Raised by the handler, as a model's own time limit may do it."""

    def on_alarm(*_):
        raise Alarm

    channel = Channel()
    late = []

    def alarm():
        late.extend(channel.asked(1))
        signal.setitimer(signal.ITIMER_REAL, 0.05)

    before = signal.signal(signal.SIGALRM, on_alarm)
    server = threading.Thread(target=alarm)
    server.start()
    try:
        with pytest.raises(Alarm):
            channel.ask({}, 0)
    finally:
        signal.signal(signal.SIGALRM, before)
    server.join()
    results, threads = start(channel, 1)
    channel.reply(late[0], 1.0)
    channel.reply(channel.asked(1)[0], 2.0)
    threads[0].join()
    assert results == {0: 2.0}
