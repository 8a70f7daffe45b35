package io.nereid.server.inference;

import io.nereid.server.inference.CallState.Event;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CallStateTest {
    /** Every state and every event: the state after it, or - where it cannot happen. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            RECEIVED,   ADMITTED,  -,         -,         -,         RESPONDING, CANCELLED
            ADMITTED,   -,         READ,      -,         -,         RESPONDING, CANCELLED
            READ,       -,         -,         QUEUED,    -,         RESPONDING, CANCELLED
            QUEUED,     -,         -,         -,         QUEUED,    RESPONDING, CANCELLED
            RESPONDING, -,         -,         -,         -,         -,          ENDED
            CANCELLED,  CANCELLED, CANCELLED, CANCELLED, CANCELLED, ENDED,      CANCELLED
            ENDED,      -,         -,         -,         -,         -,          ENDED
            """)
    void on_everyEvent_leadsToTheStateOfTheTable(CallState state, String admit, String read, String queue,
            String response, String answer, String close) {
        Map<Event, String> expected = Map.of(Event.ADMIT, admit, Event.READ, read, Event.QUEUE, queue, Event.RESPONSE,
                response, Event.ANSWER, answer, Event.CLOSE, close);
        expected.forEach((event, after) -> {
            if (after.equals("-")) {
                assertThatThrownBy(() -> state.on(event)).isInstanceOf(IllegalStateException.class)
                        .hasMessage(event + " of a call that is " + state);
            } else {
                assertThat(state.on(event)).as("%s on %s", state, event).isEqualTo(CallState.valueOf(after));
            }
        });
    }

    @Test
    void table_namesEveryStateAndEvent() {
        assertThat(CallState.values()).hasSize(7);
        assertThat(Event.values()).containsExactly(Event.ADMIT, Event.READ, Event.QUEUE, Event.RESPONSE, Event.ANSWER,
                Event.CLOSE);
    }

    /**
     * Whatever happens, an answer and a close lead to the end, and each way there has exactly one of the two
     * transitions.
     */
    @Test
    void everyState_reachedFromReceived_isEndedByAnswerAndClose() {
        Set<CallState> reached = EnumSet.of(CallState.RECEIVED);
        Queue<CallState> next = new ArrayDeque<>(reached);
        while (!next.isEmpty()) {
            CallState state = next.remove();
            Arrays.stream(Event.values()).forEach(event -> {
                if (happens(state, event) && reached.add(state.on(event))) {
                    next.add(state.on(event));
                }
            });
        }
        assertThat(reached).containsExactlyInAnyOrder(CallState.values());
        for (CallState state : EnumSet.complementOf(EnumSet.of(CallState.RESPONDING, CallState.ENDED,
                CallState.CANCELLED))) {
            assertThat(state.on(Event.ANSWER).on(Event.CLOSE)).isEqualTo(CallState.ENDED);
            assertThat(state.on(Event.CLOSE).on(Event.ANSWER)).isEqualTo(CallState.ENDED);
        }
    }

    private static boolean happens(CallState state, Event event) {
        try {
            state.on(event);
            return true;
        } catch (IllegalStateException _) {
            return false;
        }
    }
}
