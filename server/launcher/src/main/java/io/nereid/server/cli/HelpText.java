package io.nereid.server.cli;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.Treatment;

import java.util.List;

/** What {@code --help} shows: how to start, every flag by group, and examples to learn from. */
final class HelpText {
    private static final int WIDTH = 100;
    private static final int INDENT = 8;

    private final String command;
    private final boolean colours;

    /**
     * Prepares the text.
     *
     * @param command the name the process was started by
     * @param colours whether it goes to a terminal that shows them
     */
    HelpText(String command, boolean colours) {
        this.command = command;
        this.colours = colours;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("""
                Usage: %1$s --model-repository=<folder> [flags]
                       %1$s validate <folder>     (looks for mistakes and serves nothing; see %1$s validate --help)
                       %1$s demo [flags]          (serves the example that comes with it)
                       %1$s perf -m <model>       (measures a running server; see %1$s perf --help)
                       %1$s tune <model> [flags]  (looks for the best settings; see %1$s tune --help)

                Serves the models of one or more repositories by the protocol of NVIDIA Triton Inference Server.
                A value follows = or a space. <boolean> is true, false, on, off, 1 or 0, and true when it is left out.
                A flag may be cut short as long as it stands for one only. [The default is in brackets.]
                """.formatted(command));
        for (FlagGroup group : FlagGroup.values()) {
            text.append('\n').append(bold(group.title() + ":")).append('\n');
            Flags.ALL.stream().filter(flag -> flag.group() == group).forEach(flag -> describe(text, flag));
        }
        return text.append('\n').append(bold("Examples:")).append('\n').append(examples()).toString();
    }

    private void describe(StringBuilder text, Flag<?> flag) {
        text.append("  ").append(bold(flag.option()));
        if (!flag.isSwitch()) {
            text.append('=').append(flag.type().label());
        }
        if (!flag.alias().isEmpty()) {
            text.append(", ").append(bold("--" + flag.alias()));
        }
        text.append('\n');
        wrap(text, sentence(flag));
    }

    private static String sentence(Flag<?> flag) {
        String built = switch (flag.treatment()) {
            case Treatment.Applied _ -> "";
            case Treatment.NoEffectYet _ -> " No effect yet.";
            case Treatment.Refused _ -> " Not built yet: refused.";
        };
        boolean isSaid = flag.doc().contains("By default"); // it depends on the machine
        String byDefault = flag.defaultText().isEmpty() || flag.isSwitch() || isSaid ? ""
                : " [" + flag.defaultText() + "]";
        return flag.doc() + (flag.repeatable() ? " May be given several times." : "") + built + byDefault;
    }

    private static void wrap(StringBuilder text, String sentence) {
        int column = 0;
        for (String word : List.of(sentence.split(" "))) {
            if (column == 0 || column + 1 + word.length() > WIDTH) {
                text.append(column == 0 ? "" : "\n").append(" ".repeat(INDENT)).append(word);
                column = INDENT + word.length();
            } else {
                text.append(' ').append(word);
                column += 1 + word.length();
            }
        }
        text.append('\n');
    }

    private String examples() {
        return """
                  Serve the example of this distribution's sources:
                    %1$s --model-repository=examples/food11/models
                  Two repositories, another port, start even if a model is broken:
                    %1$s --model-repository=/srv/models --model-repository=/srv/more --http-port=9000 --exit-on-error=0
                  See why a model does not load:
                    %1$s validate /srv/models
                  Is it ready? What does it serve?
                    curl -i localhost:8000/v2/health/ready
                    curl localhost:8000/v2/models/food_classifier_onnx
                """.formatted(command);
    }

    private String bold(String text) {
        return colours ? "\u001b[1m" + text + "\u001b[0m" : text;
    }
}
