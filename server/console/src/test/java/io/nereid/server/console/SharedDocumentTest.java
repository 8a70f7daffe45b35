package io.nereid.server.console;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SharedDocumentTest {
    private long now;
    private byte made;
    private final SharedDocument document = new SharedDocument(() -> now, () -> new byte[]{++made});

    @Test
    void get_soonAfter_isTheSame() {
        assertThat(document.get()).containsExactly(1);
        now += SharedDocument.KEPT_NANOS - 1;
        assertThat(document.get()).containsExactly(1);
    }

    @Test
    void get_laterOn_isMadeAnew() {
        assertThat(document.get()).containsExactly(1);
        now += SharedDocument.KEPT_NANOS;
        assertThat(document.get()).containsExactly(2);
        assertThat(document.get()).containsExactly(2);
    }
}
