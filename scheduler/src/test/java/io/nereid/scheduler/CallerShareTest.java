package io.nereid.scheduler;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class CallerShareTest {
    private static final long LIMIT = InlineExecution.LIMIT_NANOS;

    private final CallerShare share = new CallerShare();

    @Test
    void allows_whileOneRuns_isFalse() {
        assertThat(share.allows(0)).isTrue();
        share.begin();
        assertThat(share.allows(0)).isFalse();
        share.end();
        assertThat(share.allows(0)).isTrue();
    }

    /** As many as one read of a socket may bring: not all of them run on its event loop. */
    @Test
    void allows_oneAfterTheOther_endsWhenTheMostInARowIsSpent() {
        long now = 0;
        int runs = 0;
        while (share.allows(now)) {
            share.spend(LIMIT);
            now += LIMIT;
            runs++;
        }
        assertThat(runs * LIMIT).isBetween(CallerShare.MOST_NANOS, 2 * CallerShare.MOST_NANOS);
    }

    @Test
    void allows_overALongTime_isHalfOfIt() {
        long spent = 0;
        long end = 1_000_000_000;
        for (long now = 0; now < end; now += LIMIT) {
            if (share.allows(now)) {
                share.spend(LIMIT);
                spent += LIMIT;
            }
        }
        assertThat(spent).isBetween(end / 2 - LIMIT, end / 2 + CallerShare.MOST_NANOS + LIMIT);
    }

    @Test
    void allows_afterOneThatTookMuchTooLong_waitsTwiceAsLong() {
        assertThat(share.allows(0)).isTrue();
        share.spend(1_000_000_000);
        assertThat(share.allows(1_000_000_000)).isFalse();
        assertThat(share.allows(1_999_000_000)).isFalse();
        assertThat(share.allows(2_000_000_000)).isTrue();
    }

    @Test
    void allows_afterADayWithoutAny_isNoMoreThanTheMostInARow() {
        assertThat(share.allows(0)).isTrue();
        assertThat(share.allows(86_400_000_000_000L)).isTrue();
        share.spend(CallerShare.MOST_NANOS);
        assertThat(share.allows(86_400_000_000_000L)).isFalse();
    }

    @Test
    void goesOn_whileAnswersWait_endsAfterTheLimit() {
        assertThat(share.allows(0)).isTrue();
        share.begin();
        share.spend(LIMIT - 1);
        assertThat(share.goesOn(LIMIT - 1)).isTrue();
        share.spend(1);
        assertThat(share.goesOn(LIMIT)).isFalse();
        share.end();
        assertThat(share.allows(LIMIT)).isTrue();
        share.begin();
        assertThat(share.goesOn(LIMIT)).isTrue();
    }

    @Test
    void goesOn_threadHasRunAsMuchAsItMay_isFalse() {
        share.spend(CallerShare.MOST_NANOS - LIMIT);
        assertThat(share.allows(0)).isTrue();
        share.begin();
        share.spend(LIMIT / 2);
        assertThat(share.goesOn(0)).isFalse();
    }
}
