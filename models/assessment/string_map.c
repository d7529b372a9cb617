/* A hash table from strings to pointers, with open addressing. */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define INITIAL_CAPACITY 16

struct entry {
    char *key;
    void *value;
};

struct string_map {
    struct entry *entries;
    size_t capacity;
    size_t count;
};

static uint32_t hash_key(const char *key)
{
    uint32_t hash = 5381;
    while (*key) {
        hash = hash * 33 + (unsigned char)*key;
        key++;
    }
    return hash;
}

struct string_map *string_map_new(void)
{
    struct string_map *map = malloc(sizeof(*map));
    if (map == NULL)
        return NULL;
    map->entries = calloc(INITIAL_CAPACITY, sizeof(*map->entries));
    if (map->entries == NULL) {
        free(map);
        return NULL;
    }
    map->capacity = INITIAL_CAPACITY;
    map->count = 0;
    return map;
}

void string_map_free(struct string_map *map)
{
    if (map == NULL)
        return;
    for (size_t i = 0; i < map->capacity; i++)
        free(map->entries[i].key);
    free(map->entries);
    free(map);
}

static struct entry *find_entry(struct entry *entries, size_t capacity, const char *key)
{
    size_t index = hash_key(key) % capacity;
    while (entries[index].key != NULL) {
        if (strcmp(entries[index].key, key) == 0)
            return &entries[index];
        index = (index + 1) % capacity;
    }
    return &entries[index];
}

static bool grow(struct string_map *map)
{
    size_t capacity = map->capacity * 2;
    struct entry *entries = calloc(capacity, sizeof(*entries));
    if (entries == NULL)
        return false;
    for (size_t i = 0; i < map->capacity; i++) {
        struct entry *old = &map->entries[i];
        if (old->key != NULL)
            *find_entry(entries, capacity, old->key) = *old;
    }
    free(map->entries);
    map->entries = entries;
    map->capacity = capacity;
    return true;
}

void *string_map_get(const struct string_map *map, const char *key)
{
    struct entry *entry = find_entry(map->entries, map->capacity, key);
    return entry->key == NULL ? NULL : entry->value;
}

bool string_map_set(struct string_map *map, const char *key, void *value)
{
    if (map->count * 4 >= map->capacity * 3 && !grow(map))
        return false;
    struct entry *entry = find_entry(map->entries, map->capacity, key);
    if (entry->key == NULL) {
        entry->key = strdup(key);
        if (entry->key == NULL)
            return false;
        map->count++;
    }
    entry->value = value;
    return true;
}
