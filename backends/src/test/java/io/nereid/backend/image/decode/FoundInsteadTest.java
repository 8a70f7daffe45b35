package io.nereid.backend.image.decode;

import io.nereid.backend.image.TestImages;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HexFormat;

import static org.assertj.core.api.Assertions.assertThat;

final class FoundInsteadTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                         |      | nothing
            474946383761               |      | GIF
            474946                     |      | text
            49492a00                   |      | TIFF
            49492a                     |      | text
            4d4d002a                   |      | TIFF
            25504446                   |      | PDF
            646174613a                 |      | a data URL
            000000206674797068656963   |      | HEIF, AVIF or a film
            0000002066747970           |      | data of an unknown format
            00                         |      | data of an unknown format
            7f                         |      | data of an unknown format
            80                         |      | data of an unknown format
            20090d0a7e                 |      | text
            ffd8                       |      | data of an unknown format
            424d                       | BMP  |
            ffd8ff                     | JPEG |
            89504e470d0a1a             |      | data of an unknown format
            89504e470d0a1a0a           | PNG  |
            89504e470a1a0a00           |      | data of an unknown format
            524946460000000057454250   | WEBP |
            5249464600000000574542     |      | data of an unknown format
            524946460000000041564920   |      | data of an unknown format
            """)
    void in_firstBytes_tellWhatItIs(String hex, ImageFormat format, String words) {
        byte[] bytes = HexFormat.of().parseHex(hex);

        assertThat(ImageFormat.of(TestImages.memory(bytes))).isEqualTo(format);
        if (format == null) {
            assertThat(FoundInstead.in(TestImages.memory(bytes))).isEqualTo(words);
        }
    }
}
