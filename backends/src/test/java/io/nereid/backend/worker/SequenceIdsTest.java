package io.nereid.backend.worker;

import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.RequestOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SequenceIdsTest {
    private static FrameWriter frame() {
        return new FrameWriter(64).begin(1);
    }

    private static FrameReader reader(FrameWriter writer) throws MalformedFrameException {
        return FrameReader.of(Arrays.copyOf(writer.end().bytes(), writer.size()));
    }

    private static RequestOptions sentAndRead(RequestOptions options) throws MalformedFrameException {
        FrameWriter out = frame();
        SequenceIds.write(out, options);
        FrameReader in = reader(out);
        RequestOptions read = SequenceIds.read(in);
        in.end();
        return read;
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            '', '',            0,       false, false
            1,  '',            0,       true,  false
            -1, '',            7,       false, true
            '', 7,             0,       false, false
            '', session-Grüße, 1000000, true,  true
            """)
    void write_everyKindOfId_isReadAsItWas(String number, String text, long timeoutMicros, boolean start, boolean end)
            throws Exception {
        CorrelationId id = number.isEmpty() ? CorrelationId.of(text) : CorrelationId.of(Long.parseLong(number));
        RequestOptions options = new RequestOptions(0, timeoutMicros, id, start, end);

        assertThat(sentAndRead(options)).isEqualTo(options);
    }

    @Test
    void write_priority_isNotTheWorkersBusiness() throws Exception {
        assertThat(sentAndRead(new RequestOptions(3, 0, CorrelationId.none(), false, false)).priority()).isZero();
    }

    @Test
    void read_unknownKind_isMalformed() throws Exception {
        FrameReader in = reader(frame().u8(2).u64(1).u32(0).u64(0));

        assertThatThrownBy(() -> SequenceIds.read(in)).isInstanceOf(MalformedFrameException.class)
                .hasMessageContaining("kind 2");
    }
}
