/** What guessers try first, of eight letters and more: keyboard walks, names, teams, seasons with a year. */
const common: ReadonlySet<string> = new Set(
  `
  password password1 password12 password123 password1234 password! password1! passw0rd p@ssw0rd p@ssword pa$$word pa$$w0rd passw0rd1 passwords
  mypassword passpass pass1234 pass12345 password0 password2 password01 password11 password99 password!1 password@1 password@123 12345678 123456789
  1234567890 12345678910 123123123 11111111 111111111 1111111111 00000000 0000000000 88888888 99999999 77777777 66666666 55555555 22222222 33333333
  44444444 12341234 11223344 1122334455 87654321 987654321 0987654321 9876543210 12344321 123454321 147258369 159753456 789456123 741852963 963852741
  123654789 147852369 123321123 112233445566 31415926 10203040 13579246 24681012 01234567 012345678 0123456789 01020304 12121212 10101010 20202020
  21212121 69696969 1234567a 12345678a 123456789a 1234567890a a1234567 a12345678 a123456789 123456aa 123456ab 123456abc abc12345 abc123456 abcd1234
  abcd12345 abcde123 abc123abc abcabc123 abcdefgh abcdefghi abcdef123 aa123456 aa12345678 a1b2c3d4 a1b2c3d4e5 1a2b3c4d 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y
  1qaz2wsx 1qaz2wsx3edc 1qazxsw2 1qaz@wsx !qaz2wsx zaq12wsx zaq1zaq1 zaq1xsw2 qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456
  qwerty1! qwertyuiop123 qwer1234 qwe123qwe qweasdzxc qweasd123 qazwsx123 qazwsxedc qwertyqwerty 123qweasd 123qweasdzxc 123qwe123 1234qwer 12345qwert
  12qwaszx asdfasdf asdfghjk asdfghjkl asdf1234 asdfqwer asdasdasd asd123asd asd123456 asdfgh123 zxcvbnm1 zxcvbnm123 zxcvasdf zxczxczxc qwaszx12
  poiuytrewq lkjhgfdsa mnbvcxz1 azertyui azertyuiop azerty123 iloveyou iloveyou1 iloveyou2 iloveyou12 iloveyou123 iloveyou! ilovegod iloveme1 iloveyouso
  loveyou1 loveyou123 lovelove love1234 loveme123 lovely123 princess princess1 princess123 sunshine sunshine1 sunshine123 football football1 football123
  baseball baseball1 basketball basketball1 superman superman1 superman123 batman123 spiderman spiderman1 michael1 michael123 jennifer jennifer1
  jessica1 jordan23 charlie1 charlie123 computer computer1 internet internet1 trustno1 welcome1 welcome12 welcome123 welcome1234 welcome! welcome@123
  whatever whatever1 starwars starwars1 dragon123 monkey123 shadow123 master123 killer123 letmein1 letmein123 letmein! admin123 admin1234 admin12345
  admin123456 admin@123 administrator adminadmin root1234 rootroot changeme changeme1 changeme123 default1 guest123 guest1234 test1234 test12345
  testtest testtest1 testing1 testing123 temp1234 temporary secret123 secret12 login123 hello123 hello1234 hellohello helloworld hello12345 freedom1
  freedom123 pokemon1 pokemon123 nintendo liverpool liverpool1 chelsea1 chelsea123 arsenal1 arsenal123 manchester manutd123 barcelona barcelona1
  realmadrid juventus yankees1 cowboys1 steelers lakers24 rangers1 everton1 samsung1 samsung123 google123 facebook facebook1 youtube1 linkedin linkedin1
  dropbox1 iphone123 microsoft windows1 matrix123 ferrari1 porsche1 mercedes mercedes1 corvette mustang1 harley123 camaro123 chocolate chocolate1
  butterfly butterfly1 flower123 flowers1 angel123 angels123 diamond1 rainbow1 sweetheart beautiful beautiful1 precious precious1 blessed1 jesus123
  jesuschrist christian christ123 heaven123 forever1 forever21 friends1 friends123 family123 family01 mother123 mommy123 daddy123 baby1234 babygirl
  babygirl1 babyboy1 cookie123 summer123 summer2020 summer2021 summer2022 summer2023 summer2024 summer2025 summer2026 winter123 winter2020 winter2021
  winter2022 winter2023 winter2024 winter2025 winter2026 spring2023 spring2024 spring2025 spring2026 autumn123 autumn2024 autumn2025 monday123 friday123
  january1 december1 november1 september august123 elephant elephant1 victoria victoria1 alexander alexander1 elizabeth elizabeth1 benjamin jonathan
  nicholas nicholas1 samantha samantha1 stephanie christopher christine christina danielle danielle1 patricia caroline gabriela gabriel1 isabella
  isabelle veronica valentina alejandro alejandra sebastian sebastian1 fernando fernando1 francisco guillermo carolina carolina1 patrick1 anthony1
  anthony123 andrew123 matthew1 william1 richard1 thomas123 robert123 daniel123 joshua123 ashley123 amanda123 melissa1 nicole123 michelle michelle1
  kimberly brittany brittany1 lovers123 purple123 orange123 yellow123 green123 maverick maverick1 phoenix1 thunder1 midnight midnight1 mountain
  strawberry marlboro metallica metallica1 slipknot slipknot1 blink182 greenday1 eminem123 rockstar rockstar1 qwerty!@# !@#$%^&* !@#$%^&*( 1qaz!qaz
  passport password. letmein12 trustme1 access14 access123 platinum dolphins dolphin1 scooter1 snoopy123 tinkerbell garfield garfield1 mickey123
  mickeymouse minnie123 bulldogs bulldog1 panthers warriors wildcats hercules einstein napoleon skywalker vader123 gandalf1 hobbit123 pokemon12
  minecraft minecraft1 fortnite fortnite1 roblox123 callofduty assassin gameover gamer123 player123 soccer123 soccer12 hockey123 tennis123 volleyball
  softball softball1 swimming dancing1 dancer123 cheerleader gymnastics teacher1 teacher123 student1 student123 school123 college1 university
  kindergarten children kids1234 parent123 family2024 family2025 family2026 matricula matricula1 matricula123
`
    .trim()
    .split(/\s+/),
);

/** Is this one of the passwords that everybody has (ID-19)? Capital letters do not make it rarer, one letter repeated does not either. */
export function isCommonPassword(password: string): boolean {
  const folded = password.normalize('NFKC').trim().toLowerCase();
  return common.has(folded) || new Set(folded).size <= 2;
}
