/* SPDX-License-Identifier: MIT */
/*
 * The port and register routines, imported by drivers whose headers do not have them inline, reach
 * every width, one at a time and in rows.
 */
typedef unsigned char UCHAR;
typedef unsigned short USHORT;
typedef unsigned int ULONG; /* 32 bits on both sides */
typedef unsigned long long ULONG64;

__declspec(dllimport) unsigned long DbgPrint(const char *Format, ...);

static int Failures;

#define CHECK(Condition)                                                                           \
    do {                                                                                           \
        if (!(Condition)) {                                                                        \
            Failures++;                                                                            \
            DbgPrint("FAILED %s:%d: %s\n", __FILE__, __LINE__, #Condition);                        \
        }                                                                                          \
    } while (0)

#define DECLARE_REGISTER(Type)                                                                     \
    __declspec(dllimport) Type READ_REGISTER_##Type(volatile Type *Register);                      \
    __declspec(dllimport) void WRITE_REGISTER_##Type(volatile Type *Register, Type Value);         \
    __declspec(dllimport) void READ_REGISTER_BUFFER_##Type(volatile Type *Register, Type *Buffer,  \
                                                           ULONG Count);                           \
    __declspec(dllimport) void WRITE_REGISTER_BUFFER_##Type(volatile Type *Register, Type *Buffer, \
                                                            ULONG Count)

#define DECLARE_PORT(Type)                                                                         \
    __declspec(dllimport) Type READ_PORT_##Type(Type *Port);                                       \
    __declspec(dllimport) void WRITE_PORT_##Type(Type *Port, Type Value);                          \
    __declspec(dllimport) void READ_PORT_BUFFER_##Type(Type *Port, Type *Buffer, ULONG Count);     \
    __declspec(dllimport) void WRITE_PORT_BUFFER_##Type(Type *Port, Type *Buffer, ULONG Count)

DECLARE_REGISTER(UCHAR);
DECLARE_REGISTER(USHORT);
DECLARE_REGISTER(ULONG);
DECLARE_REGISTER(ULONG64);
DECLARE_PORT(UCHAR);
DECLARE_PORT(USHORT);
DECLARE_PORT(ULONG);

/* Memory takes the place of a device: successive registers, as the reference pages have it. */
#define CHECK_REGISTERS(Type)                                                                      \
    do {                                                                                           \
        Type Device[5] = {0, 0, 0, 0, 0x77}, From[4] = {1, 2, 3, 4}, Into[5] = {9, 9, 9, 9, 9};    \
                                                                                                   \
        WRITE_REGISTER_##Type(&Device[0], (Type)0xA5B6C7D8E9FA0B1C);                               \
        CHECK(READ_REGISTER_##Type(&Device[0]) == (Type)0xA5B6C7D8E9FA0B1C);                       \
        CHECK(Device[1] == 0);                                                                     \
        WRITE_REGISTER_BUFFER_##Type(Device, From, 4);                                             \
        CHECK(Device[0] == 1 && Device[3] == 4 && Device[4] == 0x77);                              \
        READ_REGISTER_BUFFER_##Type(Device, Into, 4);                                              \
        CHECK(Into[0] == 1 && Into[1] == 2 && Into[2] == 3 && Into[3] == 4 && Into[4] == 9);       \
    } while (0)

/* Port 0x80 takes anything; what comes back from it is not said.  A row goes to one port. */
#define CHECK_PORTS(Type)                                                                          \
    do {                                                                                           \
        Type Row[3] = {1, 2, 3}, *Port = (Type *)0x80;                                             \
                                                                                                   \
        WRITE_PORT_##Type(Port, 0x5A);                                                             \
        WRITE_PORT_BUFFER_##Type(Port, Row, 3);                                                    \
        READ_PORT_BUFFER_##Type(Port, Row, 2);                                                     \
        CHECK(Row[2] == 3);                                                                        \
        READ_PORT_##Type(Port);                                                                    \
    } while (0)

/* The clock chip: bit 7 of register D says that its memory and time are valid. */
static void CheckClockChip(void)
{
    WRITE_PORT_UCHAR((UCHAR *)0x70, 0x0D);
    CHECK((READ_PORT_UCHAR((UCHAR *)0x71) & 0x80) != 0);
}

int DriverEntry(void *DriverObject, void *RegistryPath)
{
    (void)DriverObject;
    (void)RegistryPath;
    CHECK_REGISTERS(UCHAR);
    CHECK_REGISTERS(USHORT);
    CHECK_REGISTERS(ULONG);
    CHECK_REGISTERS(ULONG64);
    CHECK_PORTS(UCHAR);
    CHECK_PORTS(USHORT);
    CHECK_PORTS(ULONG);
    CheckClockChip();
    return Failures == 0 ? 0 : (int)0xC0000001;
}
