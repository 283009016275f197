package io.abelia.bench.paper;

import java.util.Map;
import java.util.TreeMap;

/** The results that a paper uses, as definitions for TeX. */
final class TexResults {
    private static final String[] FACTS = {"cpu", "processors", "memory", "kernel", "virtualised", "jdk", "revision"};

    private TexResults() {}

    static String of(final PaperSource paper, final ResultSet results) {
        final StringBuilder tex = new StringBuilder("% written from the results; do not edit\n\\makeatletter\n");
        for (final String id : paper.results()) {
            final ResultSet.Row row = results.row(id);
            define(tex, "res:" + id, escape(row.text()));
            define(tex, "resci:" + id, escape(row.interval()));
            define(tex, "reslabel:" + id, escape(row.label()));
            define(tex, "resunit:" + id, escape(row.unit()));
        }
        final Map<String, String> facts = new TreeMap<>();
        for (final String fact : FACTS) {
            facts.put(fact, results.environment(fact));
        }
        facts.forEach((fact, value) -> define(tex, "resenv:" + fact, escape(value)));
        int number = 0;
        for (final PaperSource.Table table : PaperSource.tables(paper.body())) {
            final StringBuilder rows = new StringBuilder();
            for (final String id : table.ids()) {
                final ResultSet.Row row = results.row(id);
                rows.append(escape(row.label()))
                        .append(" & ")
                        .append(escape(row.interval()))
                        .append(" & ")
                        .append(escape(row.unit()))
                        .append(" \\\\\n");
            }
            define(tex, "restable:" + table.label(), rows.toString());
            number++;
        }
        define(tex, "restables", Integer.toString(number));
        tex.append("\\newcommand{\\quickmark}{")
                .append(
                        results.isQuick()
                                ? "\\textbf{Numbers of a quick run: the intervals may not support the claims.}"
                                : "")
                .append("}\n");
        return tex.append("\\makeatother\n").toString();
    }

    private static void define(final StringBuilder tex, final String name, final String value) {
        tex.append("\\@namedef{").append(name).append("}{").append(value).append("}\n");
    }

    private static String escape(final String plain) {
        return plain.replace("\\", "\\textbackslash{}")
                .replace("&", "\\&")
                .replace("%", "\\%")
                .replace("#", "\\#")
                .replace("_", "\\_")
                .replace("$", "\\$")
                .replace("^", "\\^{}");
    }
}
