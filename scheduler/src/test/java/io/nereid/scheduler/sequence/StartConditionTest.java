package io.nereid.scheduler.sequence;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class StartConditionTest {
    @Test
    void isMet_nothingIsWaitedFor_fromTheBeginning() {
        assertThat(new StartCondition(StartSize.NONE).isMet()).isTrue();
    }

    @Test
    void queued_enoughOfBoth_isMetForGood() {
        StartCondition start = new StartCondition(new StartSize(2, 1));
        start.queued(2, 0);
        assertThat(start.isMet()).isFalse();
        start.queued(1, 1);
        assertThat(start.isMet()).isFalse();
        start.queued(2, 1);
        assertThat(start.isMet()).isTrue();
        start.queued(0, 0);
        assertThat(start.isMet()).isTrue();
    }

    @Test
    void waive_tooFewHaveCome_isMet() {
        StartCondition start = new StartCondition(new StartSize(9, 9));
        start.waive();
        assertThat(start.isMet()).isTrue();
    }
}
