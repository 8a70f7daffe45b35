package io.nereid.backend.worker;

import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.ReplyChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;

class TerminationTest {
    private final ReplyChannel channel = new ReplyChannel();
    private final Termination termination = new Termination(channel.replies());

    TerminationTest() throws IOException {}

    @AfterEach
    void close() throws IOException {
        channel.close();
    }

    @Test
    void request_whileAnExecutionRuns_namesItsLastRequest() throws IOException {
        termination.begin(7);
        termination.request();
        channel.next(MessageType.TERMINATE, 7);
    }

    @Test
    void request_beforeTheWorkerHasTheExecution_isSentWithIt() throws IOException {
        termination.request();
        termination.begin(3);
        channel.next(MessageType.TERMINATE, 3);
    }

    @Test
    void request_afterTheAnswer_isForgotten() throws IOException {
        termination.begin(3);
        termination.end();
        termination.request();
        termination.forget();
        termination.begin(4);
        channel.replies().flag(9, true);
        channel.next(MessageType.FLAG, 9); // and nothing before it
    }
}
