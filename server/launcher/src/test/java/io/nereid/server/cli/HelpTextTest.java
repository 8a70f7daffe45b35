package io.nereid.server.cli;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class HelpTextTest {
    private final String plain = new HelpText("tritonserver", false).toString();

    @Test
    void help_everyFlag_isMentionedOnceWithItsAliasAndDoc() {
        for (Flag<?> flag : Flags.ALL) {
            assertThat(plain.lines().filter(line -> line.matches("  " + flag.option() + "([=,].*)?")))
                    .as(flag.option()).hasSize(1);
            if (!flag.alias().isEmpty()) {
                assertThat(plain).contains(", --" + flag.alias());
            }
            assertThat(unwrapped()).contains(flag.doc());
        }
    }

    @Test
    void help_groups_stayInOrderUnderTheirHeadings() {
        int last = -1;
        for (FlagGroup group : FlagGroup.values()) {
            int at = plain.indexOf("\n" + group.title() + ":\n");
            assertThat(at).as(group.title()).isGreaterThan(last);
            last = at;
        }
        assertThat(plain.indexOf("--http-port=")).isBetween(plain.indexOf("\nHTTP:"), plain.indexOf("\nLogging:"));
    }

    @Test
    void help_flags_sayDefaultAndWhetherTheyWork() {
        assertThat(unwrapped())
                .contains("--http-port=<integer> Port to listen on; 0 lets the system choose one. [8000]")
                .contains("--grpc-port=<integer> Port to listen on; 0 lets the system choose one. [8001]")
                .contains("--metrics-port=<integer> Port to listen on; 0 lets the system choose one. [8002]")
                .contains("--rate-limit=<off|execution_count> Whether instances take resources while they execute, and"
                        + " those that have executed least come first. [off]")
                .contains("--rate-limit-resource=<name>:<count>[:<device>] How much there is of a resource, ")
                .contains("once this much of a GPU is used. May be given several times. Not built yet: refused.")
                .contains(
                        "--model-repository=<string>, --model-store Folder with one sub-folder per model, or s3://..., gs://... or as://... Required."
                                + " May be given several times.");
    }

    @Test
    void help_lines_fitATerminalAndTeach() {
        assertThat(plain.lines().filter(line -> line.startsWith("        ")))
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
        assertThat(plain).startsWith("Usage: tritonserver --model-repository=<folder> [flags]\n")
                .contains("tritonserver --model-repository=examples/food11/models")
                .contains("curl -i localhost:8000/v2/health/ready");
    }

    @Test
    void help_colours_onlyWhenAsked() {
        assertThat(plain).doesNotContain("\u001b");
        assertThat(new HelpText("nereid", true).toString()).contains("\u001b[1m--http-port\u001b[0m=<integer>");
    }

    private String unwrapped() {
        return plain.replaceAll("\\s+", " ");
    }
}
