package io.nereid.server.inference;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class CallCyclesTest {
    /** The ensemble e has the steps p and x, outer has the step e. */
    private final CallCycles cycles = new CallCycles(
            name -> Map.of("e", List.of("x", "p"), "outer", List.of("e")).getOrDefault(name, List.of()));

    @Test
    void begun_aModelThatCallsItself_isACircle() {
        assertThat(cycles.begun("a", "a").models()).containsExactly("a", "a");
    }

    @Test
    void begun_aChain_isNone() {
        assertThat(cycles.begun("a", "b").isClosed()).isFalse();
        assertThat(cycles.begun("b", "c").isClosed()).isFalse();
        assertThat(cycles.begun("a", "c").isClosed()).isFalse();
    }

    @Test
    void begun_theCallThatClosesACircle_isToldTheShortestWay() {
        cycles.begun("b", "x");
        cycles.begun("x", "c");
        cycles.begun("b", "c");
        cycles.begun("c", "a");
        assertThat(cycles.begun("a", "b").models()).containsExactly("a", "b", "c", "a");
    }

    @Test
    void begun_whenTheOtherCallHasEnded_isNone() {
        cycles.begun("a", "b");
        cycles.begun("a", "b");
        cycles.ended("a", "b");
        assertThat(cycles.begun("b", "a").models()).as("one is still under way").containsExactly("b", "a", "b");
        cycles.ended("b", "a");
        cycles.ended("a", "b");
        assertThat(cycles.begun("b", "a").isClosed()).isFalse();
        cycles.ended("b", "a");
        assertThat(cycles.size()).isZero();
    }

    @Test
    void ofStep_ofAModelThatAskedTheEnsemble_isACircle() {
        assertThat(cycles.ofStep("e", "p").isClosed()).as("nobody waits").isFalse();
        assertThat(cycles.begun("p", "e").isClosed()).as("an ensemble needs no instance").isFalse();
        assertThat(cycles.ofStep("e", "x").isClosed()).as("x waits for nothing").isFalse();
        assertThat(cycles.ofStep("e", "p").models()).containsExactly("e", "p", "e");
        cycles.ended("p", "e");
        assertThat(cycles.ofStep("e", "p").isClosed()).isFalse();
    }

    @Test
    void ofStep_throughAnEnsembleInAnEnsemble_isACircle() {
        cycles.begun("p", "outer");
        assertThat(cycles.ofStep("outer", "e").models()).containsExactly("outer", "e", "p", "outer");
        assertThat(cycles.ofStep("e", "p").models()).containsExactly("e", "p", "outer", "e");
    }

    @Test
    void begun_theCallThatClosesACircleThroughAnEnsemble_isToldTheWay() {
        cycles.begun("a", "e");
        assertThat(cycles.begun("p", "a").models()).containsExactly("p", "a", "e", "p");
        assertThat(cycles.begun("q", "a").isClosed()).as("e does not wait for q").isFalse();
    }
}
