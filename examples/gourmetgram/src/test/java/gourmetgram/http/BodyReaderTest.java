package gourmetgram.http;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;

import static gourmetgram.http.BodyReader.PIECE_BYTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BodyReaderTest {
    private static final int BUDGET_BYTES = 4 * PIECE_BYTES;

    private final BodyBudget budget = new BodyBudget(BUDGET_BYTES);

    private static byte[] body(int length) {
        byte[] body = new byte[length];
        new Random(length).nextBytes(body);
        return body;
    }

    private boolean isFree(int bytes) {
        boolean free = budget.tryTake(bytes);
        if (free) {
            budget.giveBack(bytes);
        }
        return free;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES})
    void aBody_isReadWholeAndGivenBack(int length) throws HttpError, IOException {
        byte[] sent = body(length);
        try (BodyReader reader = new BodyReader(budget)) {
            assertThat(reader.read(new ByteArrayInputStream(sent), BUDGET_BYTES)).isEqualTo(sent);
            assertThat(isFree(BUDGET_BYTES - length + 1)).isFalse();
        }
        assertThat(isFree(BUDGET_BYTES)).isTrue();
    }

    /** Before each first byte of a piece only the pieces before it are held. */
    @Test
    void aPiece_isTakenWhenItsFirstByteHasCome() throws HttpError, IOException {
        byte[] sent = body(2 * PIECE_BYTES);
        try (BodyReader reader = new BodyReader(budget)) {
            byte[] got = reader.read(new InputStream() {
                private int at;

                @Override
                public int read() {
                    int held = at / PIECE_BYTES * PIECE_BYTES;
                    assertThat(isFree(BUDGET_BYTES - held)).isTrue();
                    assertThat(isFree(BUDGET_BYTES - held + 1)).isFalse();
                    return at == sent.length ? -1 : sent[at++] & 0xff;
                }

                @Override
                public int read(byte[] into, int from, int length) {
                    int bytes = Math.min(length, sent.length - at);
                    System.arraycopy(sent, at, into, from, bytes);
                    at += bytes;
                    return bytes == 0 ? -1 : bytes;
                }
            }, BUDGET_BYTES);
            assertThat(got).isEqualTo(sent);
        }
    }

    @Test
    void aBudgetThatIsUsedUp_is503AndWhatWasTakenIsGivenBackAtOnce() {
        int others = 2 * PIECE_BYTES;
        assertThat(budget.tryTake(others)).isTrue();
        try (BodyReader reader = new BodyReader(budget)) {
            assertThatThrownBy(() -> reader.read(new ByteArrayInputStream(body(BUDGET_BYTES)), BUDGET_BYTES))
                    .isInstanceOfSatisfying(HttpError.class, e -> assertThat(e.status()).isEqualTo(503))
                    .hasMessage("other requests hold all the memory there is for bodies; try again");
            assertThat(isFree(BUDGET_BYTES - others)).isTrue();
        }
        assertThat(isFree(BUDGET_BYTES - others + 1)).isFalse();
    }

    @Test
    void aBodyThatIsLonger_is413AndHoldsNoMoreThanItMayHave() {
        int most = PIECE_BYTES + 10;
        try (BodyReader reader = new BodyReader(budget)) {
            assertThatThrownBy(() -> reader.read(new ByteArrayInputStream(body(most + 1)), most))
                    .isInstanceOfSatisfying(HttpError.class, e -> assertThat(e.status()).isEqualTo(413))
                    .hasMessage("body: got more (expected at most " + most + " bytes)");
            assertThat(isFree(BUDGET_BYTES - most)).isTrue();
        }
        assertThat(isFree(BUDGET_BYTES)).isTrue();
    }
}
