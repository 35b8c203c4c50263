/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's bytes in FILE.yaml and FILE.jsonl: any parser reads them back. */
#include <stdio.h>
#include <yaml.h>

#include "results_files.h"
#include "results/json.h"

static struct hl_file_request request(enum hyperfs_file_ops op, int64_t retval)
{
    return (struct hl_file_request){
        .op = op, .pid = 7, .comm = "cat", .retval = retval,
    };
}

static void add_write(struct files *files, const char *path, const void *data,
                      size_t size, int64_t offset)
{
    struct hl_file_request write = request(HYP_WRITE, (int64_t)size);

    write.data = data;
    write.length = size;
    write.offset = offset;
    hl_results_add(files->results, path, &write);
}

/* The value behind a mapping's only key "data", wherever it lies. */
static GByteArray *yaml_data(const char *path)
{
    FILE *file = fopen(path, "r");
    GByteArray *data = NULL;
    bool next = false, end = false;
    yaml_parser_t parser;
    yaml_event_t event;

    g_assert_true(yaml_parser_initialize(&parser));
    yaml_parser_set_input_file(&parser, file);
    while (!end) {
        g_assert_true(yaml_parser_parse(&parser, &event));
        if (event.type == YAML_SCALAR_EVENT) {
            if (next) {
                g_assert_null(data);
                data = g_byte_array_append(g_byte_array_new(),
                    event.data.scalar.value, event.data.scalar.length);
            }
            next = !next && !strcmp((char *)event.data.scalar.value, "data");
        }
        end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    fclose(file);
    return data;
}

static const char hostile[] =
    "a\"b\\\n\r\t\xff \xe2\x82 \xed\xa0\x80\xc0\xaf\xc3\xa9\0\x01\x7f"
    "\xc2\x85\xe2\x80\xa8\xe2\x80\xa9\xf0\x9f\x98\x80: #x \n  end \xc3";

static void yaml_leaves_out_what_is_no_utf8(void)
{
    static const char valid[] =
        "a\"b\\\n\r\t  \xc3\xa9\0\x01\x7f"
        "\xc2\x85\xe2\x80\xa8\xe2\x80\xa9\xf0\x9f\x98\x80: #x \n  end ";
    struct files files = files_new("mipsel");
    g_autoptr(GByteArray) data = NULL;

    add_write(&files, "/dev/x", hostile, sizeof(hostile) - 1, 0);
    files_write(&files);
    data = yaml_data(files.log);
    g_assert_cmpmem(data->data, data->len, valid, sizeof(valid) - 1);
    files_free(&files);
}

static void lines_have_the_exact_bytes_beside(void)
{
    struct files files = files_new("mipsel");

    add_write(&files, "/dev/\xff", hostile, sizeof(hostile) - 1, 0);
    hl_results_flush(files.results);
    files_assert(files.stream,
        "{\"seq\":1,\"path\":\"/dev/\xef\xbf\xbd\",\"op\":\"write\",\"pid\":7,"
        "\"comm\":\"cat\",\"retval\":47,\"length\":47,\"offset\":0,"
        "\"data\":\"a\\\"b\\\\\\n\\u000d\\u0009\xef\xbf\xbd "
        "\xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
        "\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9\\u0000\\u0001\\u007f"
        "\\u0085\\u2028\\u2029\xf0\x9f\x98\x80: #x \\n  end \xef\xbf\xbd\","
        "\"data_hex\":\"6122625c0a0d09ff20e28220eda080c0afc3a900017f"
        "c285e280a8e280a9f09f98803a202378200a2020656e6420c3\"}\n");
    files_free(&files);
}

static void names_of_paths(void)
{
    struct files files = files_new("mipsel");
    struct hl_file_request done = request(HYP_OPEN, 0);

    hl_results_add(files.results, "/dev/\xff", &done);
    hl_results_add(files.results, "/dev/\\xff", &done);
    hl_results_add(files.results, "/a: b #\n", &done);
    hl_results_add(files.results, "12", &done);
    hl_results_add(files.results, "", &done);
    files_write(&files);
    files_assert(files.log,
        "\"\":\n  open:\n  - retval: 0\n"
        /* The same, for a key that holds a line's end. */
        "? \"/a: b #\\n\"\n: open:\n  - retval: 0\n"
        "/dev/\\xff:\n  open:\n  - retval: 0\n  - retval: 0\n"
        "\"12\":\n  open:\n  - retval: 0\n");
    files_free(&files);
}

static void long_data_is_cut(void)
{
    struct files files = files_new("mipsel");
    g_autofree char *data = g_strnfill(5000, 'x');
    g_autofree char *kept = g_strnfill(HL_RESULTS_DATA_MAX, 'x');
    g_autofree char *yaml = NULL, *line = NULL;

    add_write(&files, "/dev/x", data, 5000, 0);
    files_write(&files);
    yaml = g_strdup_printf("/dev/x:\n  write:\n  - retval: 5000\n"
                           "    bytes_requested: 5000\n    offset: 0\n"
                           "    data: \"%s\"\n    data_size: 5000\n", kept);
    line = g_strdup_printf("{\"seq\":1,\"path\":\"/dev/x\",\"op\":\"write\","
                           "\"pid\":7,\"comm\":\"cat\",\"retval\":5000,"
                           "\"length\":5000,\"offset\":0,\"data\":\"%s\","
                           "\"data_size\":5000}\n", kept);
    files_assert(files.log, yaml);
    files_assert(files.stream, line);
    files_free(&files);
}

/* The longest of all lines fits what was reserved for it. */
static void longest_line(void)
{
    g_autofree char *path = g_strnfill(2000, 1);
    uint8_t data[5000];
    struct hl_file_request write = request(HYP_WRITE, INT64_MIN);
    g_autofree char *line = NULL;

    memset(data, 1, sizeof(data));
    data[0] = 0xff;
    write.data = data;
    write.length = sizeof(data);
    write.offset = INT64_MIN;
    write.pid = UINT32_MAX;
    write.unhandled = true;
    memset(write.comm, 1, HL_COMM_SIZE);
    line = g_malloc(hl_json_line_max(path, &write));
    g_assert_cmpuint(hl_json_line(line, UINT64_MAX, path, &write), <=,
                     hl_json_line_max(path, &write));
    g_assert_cmpuint(hl_json_line_max(path, &write), <=, 64 << 10);
}

/* --- random bytes -------------------------------------------------------- */

static const char *skip_string(const char *at)
{
    g_assert_cmpint(*at++, ==, '"');
    while (*at != '"') {
        g_assert_cmpint((unsigned char)*at, >=, ' ');
        if (*at++ == '\\') {
            size_t digits = *at == 'u' ? 4 : 0;

            g_assert_nonnull(strchr("\"\\nu", *at++));
            g_assert_cmpuint(strspn(at, "0123456789abcdef"), >=, digits);
            at += digits;
        }
    }
    return at + 1;
}

static const char *skip_value(const char *at)
{
    if (*at == '"') {
        return skip_string(at);
    }
    if (g_str_has_prefix(at, "true")) {
        return at + 4;
    }
    at += *at == '-';
    g_assert_cmpuint(strspn(at, "0123456789"), >, 0);
    return at + strspn(at, "0123456789");
}

/* One object of ours: strings, integers, true. */
static void check_json(const char *line)
{
    g_assert_true(g_utf8_validate(line, -1, NULL));
    g_assert_cmpint(*line, ==, '{');
    do {
        line = skip_string(line + 1);
        g_assert_cmpint(*line, ==, ':');
        line = skip_value(line + 1);
    } while (*line == ',');
    g_assert_cmpstr(line, ==, "}");
}

/* It can be read to its end, and has no path twice. */
static void check_yaml(const char *path)
{
    FILE *file = fopen(path, "r");
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal,
                                                        g_free, NULL);
    yaml_parser_t parser;
    yaml_document_t document;
    yaml_node_t *root;

    g_assert_true(yaml_parser_initialize(&parser));
    yaml_parser_set_input_file(&parser, file);
    g_assert_true(yaml_parser_load(&parser, &document));
    root = yaml_document_get_root_node(&document);
    for (yaml_node_pair_t *pair = root->data.mapping.pairs.start;
         pair < root->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(&document, pair->key);

        g_assert_true(g_hash_table_add(names,
            g_strdup((char *)key->data.scalar.value)));
    }
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    fclose(file);
}

static void random_bytes(void)
{
    struct files files = files_new("mipsel");
    char bytes[256], path[32];

    for (int i = 0; i < 2000; i++) {
        for (size_t n = 0; n < sizeof(bytes); n++) {
            /* Many lead bytes, to have whole characters, too. */
            bytes[n] = (char)g_test_rand_int_range(n % 3 ? 0 : 0xc0, 256);
        }
        g_snprintf(path, sizeof(path), "/%.24s", bytes);
        add_write(&files, path, bytes, sizeof(bytes), i);
    }
    files_write(&files);
    {
        g_autofree char *text = files_text(files.stream);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

        g_assert_cmpuint(g_strv_length(lines), ==, 2001);
        for (int i = 0; i < 2000; i++) {
            check_json(lines[i]);
        }
    }
    check_yaml(files.log);
    files_free(&files);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/results-text/yaml", yaml_leaves_out_what_is_no_utf8);
    g_test_add_func("/results-text/lines", lines_have_the_exact_bytes_beside);
    g_test_add_func("/results-text/names", names_of_paths);
    g_test_add_func("/results-text/cut", long_data_is_cut);
    g_test_add_func("/results-text/longest-line", longest_line);
    g_test_add_func("/results-text/random", random_bytes);
    return g_test_run();
}
